"""Which tests show what becomes of each fault that we promise to live with, and what none shows yet.

The numbers are those in the docstrings of the tests. A test stands here if what it asserts is promised;
one that only comes near does not. `tests/meta/test_fault_catalogue.py` keeps it true.
"""

from typing import NamedTuple


class Fault(NamedTuple):
    """One fault."""

    what: str
    shown_by: tuple[str, ...]
    """Tests: their file below `tests/`, and their function."""
    not_shown: str = ""
    """What is promised and no test shows."""


_DEATHS = "faults/test_worker_deaths.py::"
_SIGNALS = "faults/test_signals.py::"
_AWAY = "faults/test_server_away.py::"
_LOST = "faults/test_lost_replies.py::"
_SQLITE = "db/test_sqlite.py::"
_POSTGRES = "db/test_postgres.py::"
_SERVICES = "ops/test_services.py::"
_LOCKED = "faults/test_locked_database.py::"
_EVENTS_OUT = "api/test_sockets_events_out.py::"
_LOGS_OUT = "api/test_sockets_logs_out.py::"
_EVENTS_IN = "api/test_sockets_events_in.py::"
_RACES = "ops/test_races.py::"
_FROZEN = "e2e/test_frozen_jobs.py::"
_MIGRATIONS = "db/test_migrations.py::"
_AUTOMATIONS = "faults/test_automations.py::"
_SCHEDULES = "faults/test_schedules.py::"
_SCHEDULER = "ops/test_scheduler.py::"
_NOTICE = "faults/test_time_to_notice.py::"
_PRESSED = "ops/test_pressed_often.py::"
_BAD = "faults/test_bad_answers.py::"
_LIMITS = "ops/test_limits.py::"
_SLOW = "faults/test_slow_database.py::"
_RETENTION = "ops/test_retention_volume.py::"
_SERVER_KILLED = "faults/test_server_deaths.py::test_a_server_can_be_killed_at_any_moment"
_STORY = "ops/test_nth_failure.py::test_the_story_with_one_fault"

PROCESSES = {
    "F01": Fault(
        "a worker is killed before its claim",
        (f"{_DEATHS}test_a_killed_worker_that_had_claimed_nothing_changes_nothing",),
    ),
    "F02": Fault(
        "a worker is killed between claim and start",
        (
            f"{_DEATHS}test_a_worker_killed_after_its_claim_gives_the_run_back_in_time",
            f"{_DEATHS}test_a_run_whose_launch_was_interrupted_goes_back_to_its_queue",
            f"{_SERVICES}test_a_worker_that_died_before_it_started_the_run_gives_it_back_by_dying",
        ),
    ),
    "F03": Fault(
        "a worker is killed just after the start",
        (f"{_DEATHS}test_a_worker_killed_after_the_launch_leaves_the_run_to_its_process",),
    ),
    "F04": Fault(
        "a worker is killed while its flow runs",
        (
            f"{_DEATHS}test_a_flow_outlives_its_worker",
            f"{_DEATHS}test_a_flow_whose_worker_was_killed_can_be_cancelled",
            f"{_DEATHS}test_a_worker_goes_on_without_its_zygote",
        ),
    ),
    "F05": Fault(
        "a flow is killed",
        (
            f"{_DEATHS}test_a_killed_flow_is_crashed_at_once_and_the_signal_named",
            f"{_NOTICE}test_a_flow_that_dies_under_its_worker_is_noticed_at_once",
            f"{_AWAY}test_what_a_flow_had_spooled_when_it_was_killed_is_told_by_the_next_one",
        ),
        "that a policy tries a crashed run again: there is none, as nobody knows how far it had come",
    ),
    "F06": Fault(
        "worker and flow are killed: a host is lost",
        (
            f"{_DEATHS}test_a_lost_host_is_noticed_by_its_silence",
            f"{_NOTICE}test_a_host_that_is_lost_is_noticed_within_a_lease_and_a_sweep",
            f"{_SERVICES}test_a_host_that_is_lost_ends_its_runs_within_a_lease_and_a_sweep",
            f"{_DEATHS}test_whoever_is_killed_whenever_every_run_ends_and_none_runs_twice_at_once",
        ),
        "that a policy tries a crashed run again: there is none, as nobody knows how far it had come",
    ),
    "F07": Fault(
        "a flow is killed in each of its phases",
        (f"{_DEATHS}test_a_flow_can_be_killed_in_every_phase",),
        "a death while a result is written: results stay in their process, and none is written",
    ),
    "F08": Fault(
        "a worker or a flow is sent SIGTERM",
        (
            f"{_SIGNALS}test_an_idle_worker_ends_at_once",
            f"{_SIGNALS}test_a_busy_worker_sees_its_runs_through_and_takes_no_more",
            f"{_SIGNALS}test_a_second_signal_ends_the_runs_too",
            f"{_SIGNALS}test_a_worker_that_waits_no_longer_ends_its_runs",
            f"{_SIGNALS}test_a_worker_whose_server_hangs_can_still_be_stopped",
            f"{_SIGNALS}test_what_a_stopping_worker_had_claimed_is_taken_by_another",
            f"{_SIGNALS}test_a_flow_that_is_sent_a_signal_says_so_and_ends",
            f"{_SIGNALS}test_a_flow_that_is_still_being_loaded_is_ended_too",
        ),
    ),
    "F09": Fault(
        "SIGTERM, then SIGKILL",
        (f"{_SIGNALS}test_a_worker_that_is_killed_while_it_waits_leaves_its_runs_alone",),
    ),
    "F10": Fault(
        "the server is killed at any moment",
        (
            _SERVER_KILLED,
            f"{_POSTGRES}test_a_server_that_is_killed_in_mid_statement_lets_others_have_its_rows",
            f"{_SCHEDULES}test_a_plan_is_changed_as_a_whole_or_not_at_all",
            f"{_SCHEDULES}test_a_tick_that_is_due_while_the_server_is_killed_has_one_run",
            f"{_AUTOMATIONS}test_each_event_is_evaluated_once_and_each_firing_acted_on_once",
            f"{_MIGRATIONS}test_a_migration_that_is_killed_leaves_nothing_behind",
            _STORY,
            "ops/test_nth_failure.py::test_the_story_with_one_fault_on_every_database",
            "db/test_faults.py::test_a_statement_that_fails_anywhere",
        ),
    ),
    "F11": Fault(
        "the server is away while a flow runs",
        (
            f"{_AWAY}test_a_run_goes_on_while_the_server_is_away",
            f"{_AWAY}test_a_flow_that_ends_while_the_server_is_away_is_completed_later",
            f"{_AWAY}test_a_flow_whose_end_nobody_hears_does_not_pass_for_completed",
            f"{_AWAY}test_an_attempt_that_is_due_while_the_server_is_away_waits_for_it",
            f"{_AWAY}test_what_a_flow_had_spooled_when_it_was_killed_is_told_by_the_next_one",
            f"{_SERVICES}test_after_a_restart_everybody_has_a_full_lease_to_be_heard",
        ),
    ),
    "F12": Fault(
        "the server is restarted while runs wait and run",
        (
            f"{_AWAY}test_runs_that_wait_and_run_converge_after_a_restart",
            f"{_SERVICES}test_after_a_restart_everybody_has_a_full_lease_to_be_heard",
        ),
    ),
    "F13": Fault(
        "there is no server when a flow starts",
        (
            f"{_AWAY}test_a_flow_that_starts_while_the_server_is_away_waits_for_it",
            f"{_AWAY}test_a_flow_that_finds_no_server_gives_up_and_says_so",
            "engine/test_faults.py::test_no_server_is_said_in_one_line",
        ),
    ),
    "F14": Fault(
        "a flow is stopped for longer than its lease",
        (
            "faults/test_fencing.py::test_a_flow_that_was_stopped_for_too_long_ends_itself",
            "faults/test_fencing.py::test_a_run_that_was_taken_from_a_stopped_flow_runs_once_more_alone",
            f"{_SERVICES}test_a_process_that_comes_back_too_late_is_told_to_stop",
        ),
    ),
    "F15": Fault(
        "a cancelled flow has started processes",
        (
            f"{_SIGNALS}test_what_a_cancelled_flow_has_started_ends_with_it",
            f"{_SIGNALS}test_a_cancelled_flow_that_does_not_listen_is_killed",
            "workers/test_process_launcher.py::test_what_a_stopped_job_has_started_ends_too",
            "workers/test_process_launcher.py::test_a_process_that_got_the_pid_of_an_ended_one_is_left_alone",
        ),
    ),
}

DATABASES = {
    "F16": Fault(
        "another process keeps SQLite locked",
        (
            f"{_LOCKED}test_a_lock_that_is_short_is_waited_for",
            f"{_LOCKED}test_a_lock_that_is_long_is_refused_clearly_and_nothing_is_lost",
        ),
    ),
    "F17": Fault(
        "fifty write to SQLite at once",
        ("faults/test_many_writers.py::test_many_writers_and_loops_meet_no_lock",),
    ),
    "F18": Fault(
        "the disk is full",
        (
            "faults/test_full_disk.py::test_a_full_disk_refuses_writes_says_so_and_passes",
            f"{_SQLITE}test_a_full_disk_refuses_writes_and_nothing_else",
            f"{_SQLITE}test_a_disk_that_refuses_recovers_when_it_no_longer_does",
            "db/test_troubles.py::test_a_refusal_is_remembered_until_a_write_is_seen_to_be_kept",
        ),
    ),
    "F19": Fault(
        "the server is killed while it writes; the file is damaged",
        (
            f"{_SQLITE}test_kill_9_loses_nothing_that_was_answered",
            f"{_SQLITE}test_many_kills_on_one_file",
            f"{_SQLITE}test_a_damaged_page_is_found_before_a_server_serves",
            f"{_SQLITE}test_a_file_that_is_no_database_is_refused_and_left_alone",
            "api/test_process.py::test_a_database_that_is_damaged_is_told_in_a_line",
            _SERVER_KILLED,
            "faults/test_copies.py::test_a_copy_of_a_live_database_is_whole",
        ),
    ),
    "F20": Fault(
        "PostgreSQL is restarted again and again",
        (
            "faults/test_postgres_restarts.py::test_every_run_is_exact_and_none_is_stuck",
            f"{_POSTGRES}test_connections_that_ended_meanwhile_are_replaced",
            f"{_POSTGRES}test_a_server_that_restarts_again_and_again",
        ),
    ),
    "F21": Fault(
        "a connection ends between COMMIT and its answer",
        (
            f"{_POSTGRES}test_a_commit_without_an_answer_is_not_known",
            "db/test_faults.py::test_an_outcome_that_is_not_known_is_not_tried_again",
            _STORY,
        ),
    ),
    "F22": Fault(
        "there are too few connections",
        (
            f"{_POSTGRES}test_a_server_with_too_few_connections_is_waited_for",
            f"{_POSTGRES}test_busy_connections_are_waited_for_only_so_long",
            "faults/test_busy_connections.py::test_renewals_do_not_wait_behind_questions",
        ),
    ),
    "F23": Fault(
        "deadlocks and serialization failures",
        (
            f"{_POSTGRES}test_a_deadlock_is_retried_unseen",
            f"{_POSTGRES}test_contention_that_does_not_end_is_given_up",
            f"{_POSTGRES}test_sixteen_writers_of_two_servers_on_one_row",
            "db/test_troubles.py::test_what_is_begun_anew_is_counted_by_its_reason",
            "faults/test_retries.py::test_what_deadlocks_is_done_all_the_same_and_counted",
        ),
    ),
    "F24": Fault(
        "PostgreSQL takes no writes any more",
        (f"{_POSTGRES}test_a_read_only_server_is_said_and_left_when_it_is_over",),
    ),
    "F25": Fault(
        "migrations die, meet, or are too new",
        (
            f"{_MIGRATIONS}test_a_migration_that_is_killed_leaves_nothing_behind",
            f"{_MIGRATIONS}test_servers_that_start_together_migrate_once",
            f"{_MIGRATIONS}test_a_newer_schema_is_refused_with_both_versions",
            "cli/test_server_database.py::test_of_several_one_migrates_under_the_lock_and_the_others_wait",
        ),
    ),
    "F26": Fault(
        "millions of rows",
        (
            f"{_RETENTION}test_old_events_go_in_batches_that_an_index_finds_and_nobody_waits_for",
            "ops/test_run_retention.py::test_all_that_belongs_to_a_run_goes_with_it_a_part_at_a_time",
            "ops/test_tallies.py::test_they_are_what_a_look_at_each_run_would_find",
        ),
        "times, which the benchmarks measure",
    ),
}

TIMES = {
    "F27": Fault(
        "clocks jump or are wrong",
        (
            "faults/test_clocks.py::test_a_clock_that_is_wrong_loses_no_run_and_makes_no_time_negative",
            "ops/test_work_pools.py::test_a_worker_is_known_to_have_a_wrong_clock",
            f"{_SERVICES}test_a_server_that_slept_does_not_take_its_own_sleep_for_silence",
            f"{_SERVICES}test_a_clock_that_goes_back_ends_nobody",
            f"{_SCHEDULER}test_a_clock_that_is_set_doubles_no_tick_and_loses_none",
            f"{_SCHEDULER}test_a_clock_that_jumps_ahead_starts_no_storm",
        ),
    ),
    "F28": Fault(
        "clocks that are changed twice a year",
        tuple(
            f"domain/schedules/test_daylight_saving.py::{name}"
            for name in (
                "test_golden",
                "test_twenty_years_of_named_hours_against_brute_force",
                "test_twenty_years_of_every_hour_against_brute_force",
                "test_hourly_is_hourly_in_real_time_for_twenty_years",
            )
        ),
    ),
    "F29": Fault(
        "leap days, years far away, and new rules of time zones",
        (
            "domain/schedules/test_schedules.py::test_a_leap_day_cron_steps_over_the_year_2100",
            "domain/schedules/test_schedules.py::test_beyond_2038_and_to_the_end",
            "ops/test_scheduler_zones.py::test_what_waits_moves_with_the_rules_of_its_time_zone",
        ),
    ),
    "F30": Fault(
        "the machine sleeps",
        (
            f"{_AWAY}test_a_server_that_slept_takes_nobody_for_lost",
            f"{_SERVICES}test_a_server_that_slept_does_not_take_its_own_sleep_for_silence",
        ),
    ),
}

NETWORKS = {
    "F31": Fault(
        "worker and server do not hear of each other",
        (
            f"{_LOST}test_a_partition_shorter_than_the_lease_is_invisible",
            f"{_LOST}test_a_partition_longer_than_the_lease_fences_the_run",
            f"{_LOST}test_a_run_that_was_tried_again_meanwhile_is_left_to_its_new_owner",
        ),
        "an owner that goes on because nobody took its run meanwhile: its run is crashed, and it stops",
    ),
    "F32": Fault(
        "answers are lost",
        (
            f"{_LOST}test_each_first_answer_is_lost_and_everything_happens_once",
            f"{_LOST}test_a_run_is_created_once_though_the_answer_is_lost",
        ),
    ),
    "F33": Fault(
        "answers are late, broken, or refusals",
        (
            f"{_BAD}test_bad_answers_cost_time_and_nothing_else",
            f"{_LOST}test_connections_that_break_all_the_time_only_cost_time",
            "client/test_http.py::test_retry_after_is_honoured",
            "client/test_http.py::test_what_may_not_be_repeated_is_not",
        ),
    ),
    "F34": Fault(
        "websockets break, or are read slowly",
        (
            f"{_EVENTS_OUT}test_a_feed_goes_on_over_crashes_without_a_gap_or_a_repetition",
            f"{_EVENTS_OUT}test_one_who_takes_nothing_is_let_go_and_the_others_go_on",
            f"{_EVENTS_IN}test_a_client_that_sends_again_what_was_not_confirmed_loses_nothing_to_crashes",
            "sdk/test_event_clients.py::test_nothing_is_missed_or_told_twice_when_the_server_crashes",
            f"{_LOGS_OUT}test_who_comes_back_with_a_mark_misses_nothing_that_was_written_meanwhile",
            f"{_LOGS_OUT}test_one_who_takes_no_lines_is_let_go_and_the_others_go_on",
        ),
    ),
    "F35": Fault(
        "two hundred workers come back at once",
        ("faults/test_many_writers.py::test_workers_and_runs_that_come_back_at_once_are_all_heard",),
    ),
}

DUPLICATES = {
    "F36": Fault(
        "two servers and two workers on one database",
        (
            "faults/test_postgres_restarts.py::test_every_run_is_exact_and_none_is_stuck",
            "e2e/test_two_servers.py::test_each_run_is_run_once_by_whichever_worker_is_first",
            f"{_SCHEDULER}test_two_schedulers_make_one_run_for_each_tick",
            f"{_AUTOMATIONS}test_two_servers_count_each_event_once_while_they_are_killed",
        ),
    ),
    "F37": Fault(
        "requests arrive twice and out of order",
        (
            f"{_BAD}test_what_arrives_twice_and_late_is_done_once",
            "ops/test_events.py::test_an_event_that_is_sent_again_is_kept_once_and_stays_as_it_was",
            "ops/test_told_task_runs.py::test_a_batch_that_came_mixed_up_is_put_in_order",
            "ops/test_task_runs.py::test_a_batch_may_be_sent_again_and_again",
        ),
    ),
    "F38": Fault(
        "two claim a run in the same moment",
        (
            "faults/test_claim_races.py::test_of_two_workers_exactly_one_gets_a_run",
            "faults/test_claim_races.py::test_of_two_processes_exactly_one_starts_a_run",
            f"{_RACES}test_of_two_workers_that_race_for_a_run_one_gets_it",
            f"{_RACES}test_of_two_workers_that_race_for_a_run_one_gets_it_ten_thousand_times",
        ),
    ),
    "F39": Fault(
        "a limit is contended, changed and deleted; holders and waiters are killed",
        (
            "faults/test_limits.py::test_two_servers_and_many_processes_never_pass_a_limit",
            "faults/test_limits.py::test_a_limit_is_changed_while_it_is_busy",
            "faults/test_limits.py::test_holders_and_waiters_are_killed_and_the_others_go_on",
            f"{_LIMITS}test_those_who_wait_are_served_in_their_order",
            f"{_LIMITS}test_waiters_are_woken_by_a_change_of_the_limit",
            "ops/test_limits_handover.py::test_the_next_one_starts_when_it_is_told_and_not_when_it_looks",
        ),
    ),
    "F40": Fault(
        "the server dies between a slot and its state",
        ("ops/test_limits_faults.py::test_slots_and_states_change_together", _STORY),
    ),
    "F41": Fault(
        "cancellations race with all else",
        (
            f"{_SIGNALS}test_a_run_is_cancelled_in_every_state",
            f"{_SIGNALS}test_a_run_whose_worker_died_is_cancelled_in_time",
            f"{_SIGNALS}test_with_a_flow_that_is_cancelled_ends_the_one_that_it_called",
            f"{_SIGNALS}test_a_flow_that_is_interrupted_in_the_middle_of_logging_still_ends",
            f"{_SIGNALS}test_a_cancelled_flow_that_does_not_listen_is_killed",
            f"{_RACES}test_of_two_proposals_that_cross_the_first_end_wins",
            f"{_PRESSED}test_a_run_is_cancelled_once",
            "ops/test_cancel_and_retry.py::test_with_a_parent_its_children_are_cancelled_and_theirs",
            f"{_SERVICES}test_a_cancellation_that_nobody_carries_out_ends_by_itself",
        ),
    ),
    "F42": Fault(
        "a button is pressed twenty times at once",
        (
            f"{_PRESSED}test_retry_makes_one_new_attempt",
            f"{_PRESSED}test_a_suspended_run_is_suspended_and_resumed_once",
            f"{_PRESSED}test_a_paused_run_is_resumed_once",
        ),
    ),
    "F43": Fault(
        "what waiting runs need is edited or deleted",
        (
            f"{_FROZEN}test_a_queued_run_follows_edits_and_a_claimed_one_does_not",
            f"{_FROZEN}test_an_edit_that_breaks_a_queued_run_ends_it_with_the_reason_before_anything_is_started",
            "ops/test_deployments.py::test_a_deleted_deployment_leaves_no_run_that_could_never_start",
            "ops/test_work_pools.py::test_a_deleted_pool_leaves_no_run_that_could_never_start",
            "ops/test_work_pools.py::test_what_waited_in_a_deleted_queue_waits_in_the_default_one",
        ),
    ),
}

VOLUMES = {
    "F44": Fault(
        "ten thousand late runs after a weekend",
        (
            f"{_SERVICES}test_thousands_of_late_runs_are_marked_in_batches",
            "ops/test_missed_runs.py::test_ten_thousand_late_runs_collapse_to_one_of_each_deployment",
            "ops/test_missed_runs.py::test_a_backlog_is_run_oldest_first_and_others_are_not_kept_waiting",
        ),
    ),
    "F45": Fault(
        "a hundred thousand tasks in one flow",
        ("faults/test_many_tasks.py::test_a_hundred_thousand_mapped_tasks_have_room_in_memory",),
        "how many there are in a second: it is one of the processor, and the benchmarks measure the clock's",
    ),
    "F46": Fault(
        "parameters that are too large",
        (
            "api/test_refusals.py::test_parameters_that_are_too_large_create_nothing",
            "faults/test_large_parameters.py::test_every_way_to_a_run_refuses_a_megabyte_and_makes_nothing",
            "faults/test_large_parameters.py::test_fifty_megabytes_are_refused_before_they_are_read",
            "faults/test_large_parameters.py::test_a_megabyte_is_fine_where_the_limit_says_so",
        ),
    ),
    "F47": Fault(
        "very long lines and very many",
        (
            "engine/test_recorder.py::test_long_lines_are_cut_at_a_whole_character",
            "engine/test_recorder.py::test_lines_that_do_not_fit_into_memory_are_counted",
            "engine/test_recorder.py::test_long_lines_that_do_not_fit_into_memory_are_counted",
            "engine/test_recorder.py::test_long_lines_are_shipped_a_few_at_a_time",
            "engine/test_logging.py::test_a_flow_that_logs_much_loses_nothing",
            "faults/test_much_output.py::test_a_gigabyte_of_lines_goes_to_the_server_and_into_nobodys_memory",
        ),
        "a bound on what the server keeps of one run: there is none",
    ),
    "F48": Fault(
        "a hundred thousand events a minute",
        (
            f"{_EVENTS_IN}test_one_who_sends_without_an_end_is_not_buffered_without_a_bound",
            f"{_SLOW}test_events_that_a_slow_database_keeps_waiting_do_not_pile_up_in_memory",
        ),
    ),
    "F49": Fault(
        "five thousand deployments each minute",
        (
            f"{_SCHEDULER}test_many_schedules_are_planned_by_few_statements",
            "ops/test_scheduler_volume.py::test_five_thousand_deployments_have_each_tick_once",
        ),
        "how late they are claimed: they are there before their time; the benchmarks measure the rest",
    ),
    "F50": Fault(
        "a day of idling",
        ("faults/test_idling.py::test_a_server_that_idles_before_an_audience_does_not_grow",),
        "a whole day: it is minutes",
    ),
}

CATALOGUE: dict[str, Fault] = PROCESSES | DATABASES | TIMES | NETWORKS | DUPLICATES | VOLUMES
