/** A list that is asked for page by page, as far as a table needs to know. */
export interface PagedQuery {
  readonly error: unknown;
  readonly refetch: () => unknown;
  readonly isPlaceholderData: boolean;
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => unknown;
}

/** What a `DataTable` is told of it: that it failed, is old, goes on. */
export const pageProps = (query: PagedQuery) => ({
  error: query.error,
  onRetry: query.refetch,
  stale: query.isPlaceholderData,
  hasMore: query.hasNextPage,
  loadingMore: query.isFetchingNextPage,
  onLoadMore: query.fetchNextPage,
});
