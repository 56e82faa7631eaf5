package dev.entente.server.console;

import dev.entente.v1.AuditEntry;
import dev.entente.v1.ListAuditEntriesResponse;
import java.time.Instant;
import java.util.List;

/**
 * The page that tells who did what.
 *
 * @param gid the transaction that is asked for; empty for all
 * @param first the link to the newest
 * @param next the link to the next page; empty for none
 */
public record AuditPage(String gid, Part<List<Row>> rows, String first, String next) {
    /**
     * An entry.
     *
     * @param href of its transaction; empty for none
     * @param change the states before and after
     */
    public record Row(
            String id,
            Moment time,
            String actor,
            String act,
            String gid,
            String href,
            String reason,
            String change,
            String peer,
            String requestId) {}

    static AuditPage of(String gid, Part<ListAuditEntriesResponse> listed, Instant now, Texts texts) {
        ListAuditEntriesResponse page = listed.value();
        String token = page == null ? "" : page.getNextPageToken();
        Query asked = Query.NONE.with("gid", gid);
        return new AuditPage(
                gid,
                listed.map(response -> response.getEntriesList().stream()
                        .map(entry -> row(entry, now, texts))
                        .toList()),
                asked.link("audit"),
                token.isEmpty() ? "" : asked.with("page", token).link("audit"));
    }

    private static Row row(AuditEntry entry, Instant now, Texts texts) {
        return new Row(
                Long.toString(entry.getId()),
                Moment.of(entry.getTime(), now, texts),
                entry.getActor(),
                entry.getAct(),
                entry.getGid(),
                entry.getGid().isEmpty() ? "" : TransactionRow.href(entry.getGid()),
                entry.getReason(),
                entry.getBefore().isEmpty() ? entry.getAfter() : entry.getBefore() + " \u2192 " + entry.getAfter(),
                entry.getPeer(),
                entry.getRequestId());
    }
}
