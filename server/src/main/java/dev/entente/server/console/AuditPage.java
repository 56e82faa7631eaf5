package dev.entente.server.console;

import dev.entente.core.transaction.VisibleText;
import dev.entente.server.console.part.Moment;
import dev.entente.server.console.part.Part;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.AuditEntry;
import dev.entente.v1.ListAuditEntriesResponse;
import java.time.Instant;

/**
 * The page that tells who did what.
 *
 * @param gid the transaction that is asked for; empty for all
 * @param first the link to the newest
 * @param next the link to the next page; empty for none
 */
public record AuditPage(
        String gid, Part<ListAuditEntriesResponse> listed, String first, String next, Instant now, Texts texts) {
    static AuditPage of(String gid, Part<ListAuditEntriesResponse> listed, Instant now, Texts texts) {
        ListAuditEntriesResponse page = listed.value();
        String token = page == null ? "" : page.getNextPageToken();
        Query asked = Query.NONE.with("gid", gid);
        String next = token.isEmpty() ? "" : asked.with("page", token).link("audit");
        return new AuditPage(gid, listed, asked.link("audit"), next, now, texts);
    }

    /** Returns when it was. */
    public Moment time(AuditEntry entry) {
        return Moment.of(entry.getTime(), now, texts);
    }

    /** Returns the link to its transaction. */
    public String href(AuditEntry entry) {
        return TransactionRow.href(entry.getGid());
    }

    /** Returns why, without what hides or moves text. */
    public String reason(AuditEntry entry) {
        return VisibleText.of(entry.getReason());
    }

    /** Returns the states before and after. */
    public String change(AuditEntry entry) {
        return (entry.getBefore().isEmpty() ? "" : entry.getBefore() + " \u2192 ") + entry.getAfter();
    }
}
