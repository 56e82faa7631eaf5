package dev.entente.server.api;

/**
 * How long a page of a list is.
 *
 * @param standard rows where nothing is said, at least 1
 * @param most rows, whatever is asked for, at least {@code standard}
 */
public record Paging(int standard, int most) {
    public static final Paging STANDARD = new Paging(50, 500);

    /**
     * Rows on a page.
     *
     * @param wanted 0: nothing is said
     * @throws dev.entente.core.transaction.Refusal ENT-001 for a negative number
     */
    int size(int wanted) {
        if (wanted < 0) {
            throw Filters.malformed("page_size", "must not be negative; 0 means " + standard);
        }
        return wanted == 0 ? standard : Math.min(wanted, most);
    }
}
