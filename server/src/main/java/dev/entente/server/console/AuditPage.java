package dev.entente.server.console;

import dev.entente.core.transaction.VisibleText;
import dev.entente.server.codec.wording.TextCatalog;
import dev.entente.server.console.part.ApiCalls;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.server.store.AuditRecord;
import dev.entente.v1.AuditEntry;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.ListAuditEntriesRequest.Kind;
import dev.entente.v1.ListAuditEntriesResponse;
import dev.entente.v1.OperatorServiceGrpc;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The page of the audit log.
 *
 * @param asked the transaction as {@code gid}, the request as {@code request}, and the kind of entries as {@code show};
 *     by default operations
 * @param next the link to the next page; empty for none
 */
public record AuditPage(Query asked, ApiResult<ListAuditEntriesResponse> listed, String next, Texts texts) {
    private static final Map<String, Kind> KINDS =
            Map.of("", Kind.OPERATIONS, "reads", Kind.READS, "all", Kind.KIND_UNSPECIFIED);

    /** The operations with a reason that the coordinator wrote, in English. */
    private static final Set<String> EXPLAINED = Set.of("read", "probe", "sign-in", "sign-out", "tokens", "overflow");

    /** The first word of the state after an operation that was refused or has an unknown outcome. */
    private static final Set<String> FAILURES = Set.of("REFUSED", "UNKNOWN");

    static View view(Frame frame, ApiCalls api) {
        Query query = frame.query();
        ListAuditEntriesRequest request = ListAuditEntriesRequest.newBuilder()
                .setGid(query.get("gid"))
                .setKind(Objects.requireNonNull(KINDS.get(query.get("show"))))
                .setPageToken(query.get("page"))
                .setRequestId(query.get("request"))
                .setFoldBulk(query.get("gid").isEmpty() && query.get("request").isEmpty())
                .build();
        ApiResult<ListAuditEntriesResponse> listed = api.ask(OperatorServiceGrpc.getListAuditEntriesMethod(), request)
                .get();
        return View.of(frame, "audit.jte", of(query, listed, frame.texts()), listed);
    }

    static AuditPage of(Query query, ApiResult<ListAuditEntriesResponse> listed, Texts texts) {
        ListAuditEntriesResponse page = listed.value();
        Query asked = query.only(Set.of("gid", "show", "request"));
        String next = page == null ? "" : asked.next("page", page.getNextPageToken(), "audit");
        return new AuditPage(asked, listed, next, texts);
    }

    /** Returns the choices other than operations only. */
    public List<TransactionsPage.Choice> choices() {
        return Stream.of("reads", "all")
                .map(show -> new TransactionsPage.Choice(
                        show, texts.of("audit.show." + show), asked.get("show").equals(show)))
                .toList();
    }

    /** Returns the address of the client; empty if the actor's name contains the address. */
    public String peer(AuditEntry entry) {
        return entry.getActor().endsWith("@" + entry.getPeer()) ? "" : entry.getPeer();
    }

    /** Returns the operation in words; its name in the API if a newer coordinator has an operation unknown here. */
    public String act(AuditEntry entry) {
        TextCatalog words = texts.words();
        String name = VisibleText.of(entry.getOperation());
        if (isBulk(entry)) {
            return texts.of("bulk.title", words.of("operation." + name.substring(AuditRecord.BULK.length())));
        }
        return words.or("audit.operation." + name, words.or("operation." + name, name));
    }

    private static boolean isBulk(AuditEntry entry) {
        return entry.getOperation().startsWith(AuditRecord.BULK);
    }

    /** Returns the link to the entries for the single transactions of a bulk operation; empty for another entry. */
    public String each(AuditEntry entry) {
        return isBulk(entry) && asked.get("request").isEmpty()
                ? Query.NONE.with("request", entry.getRequestId()).link("audit")
                : "";
    }

    /** Returns the language of the reason; null if a person typed the reason. */
    public @Nullable String language(AuditEntry entry) {
        return EXPLAINED.contains(entry.getOperation()) ? "en" : null;
    }

    /** Returns the states before and after, in words. */
    public String change(AuditEntry entry) {
        if (isBulk(entry)) {
            return VisibleText.of(entry.getBefore()) + " \u2192 " + counts(entry);
        }
        String after = failure(entry).isEmpty() ? word(entry.getAfter()) : "";
        return entry.getBefore().isEmpty() ? after : word(entry.getBefore()) + " \u2192 " + after;
    }

    /** Returns the counts of a bulk operation, each as a name and a number, in words. */
    private String counts(AuditEntry entry) {
        return Stream.of(entry.getAfter().split(", ", -1))
                .map(count -> count.split(" ", 2))
                .map(count -> texts.of("pair", texts.of("bulk.outcome." + count[0]), count[count.length - 1]))
                .collect(Collectors.joining(" \u00b7 "));
    }

    /** Returns the name of the failure; empty if the operation did not fail. */
    public String failure(AuditEntry entry) {
        String first = entry.getAfter().split(" ", 2)[0];
        return FAILURES.contains(first) ? first : "";
    }

    /** Returns the code and the text of the failure; may be empty. */
    public String why(AuditEntry entry) {
        return VisibleText.of(
                entry.getAfter().substring(failure(entry).length()).strip());
    }

    /** Returns a state in words. A gid may precede the state, and a comma with a mark may follow. */
    private String word(String state) {
        TextCatalog words = texts.words();
        int comma = state.lastIndexOf(", ");
        String mark = comma < 0 ? "" : "audit.mark." + state.substring(comma + 2);
        if (!mark.isEmpty() && !words.or(mark, "").isEmpty()) {
            return words.of(mark, word(state.substring(0, comma)));
        }
        int last = state.lastIndexOf(' ') + 1;
        String name = state.substring(last);
        String word = VisibleText.of(state.substring(0, last)) + words.or("state." + name, VisibleText.of(name));
        return words.or("audit.state." + state.replace(' ', '-'), word);
    }
}
