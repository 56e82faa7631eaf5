package dev.entente.server.api;

/** How long a page of a list is. */
final class Paging {
    private static final int STANDARD_ROWS = 50;
    private static final int MAX_ROWS = 500;

    private Paging() {}

    /**
     * Rows on a page.
     *
     * @param wanted 0: nothing is said
     * @throws dev.entente.core.transaction.Refusal ENT-001 for a negative number
     */
    static int size(int wanted) {
        if (wanted < 0) {
            throw Filters.malformed("page_size", "must not be negative; 0 means " + STANDARD_ROWS);
        }
        return wanted == 0 ? STANDARD_ROWS : Math.min(wanted, MAX_ROWS);
    }
}
