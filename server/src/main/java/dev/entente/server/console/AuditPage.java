package dev.entente.server.console;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Timestamp;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.codec.wording.TextCatalog;
import dev.entente.server.console.part.ApiCalls;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.DisplayedTime;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.server.http.WebResponse;
import dev.entente.server.store.AuditRecord;
import dev.entente.v1.AuditEntry;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.ListAuditEntriesRequest.Kind;
import dev.entente.v1.ListAuditEntriesResponse;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.wire.Times;
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
 * @param asked the values of {@link #FIELDS}; {@code request} is one request, and {@code show} the kind of entries, by
 *     default operations
 * @param next the link to the next page; empty for none
 */
public record AuditPage(Query asked, ApiResult<ListAuditEntriesResponse> listed, String next, Texts texts) {
    /** The fields that choose entries. */
    static final String FIELDS = "show gid actor op from to request";

    private static final int FILE_PAGE = 500;
    private static final int MAX_FILE_ENTRIES = 10_000;

    /** The operations to choose from. */
    static final String OPERATIONS = "retry, bulk-retry, resume, bulk-resume, park, bulk-park, abort, bulk-abort, skip,"
            + " resolve, force-finish, approve, reject, resend, recover, subscribe, unsubscribe, announce,"
            + " operate-matching, sign-in, sign-out, role, read, read-audit, probe, debug, tokens, overflow";

    private static final Map<String, Kind> KINDS =
            Map.of("", Kind.OPERATIONS, "reads", Kind.READS, "all", Kind.KIND_UNSPECIFIED);

    /** The operations with a reason that the coordinator wrote, in English. */
    private static final Set<String> EXPLAINED = Set.of("read", "probe", "sign-in", "sign-out", "tokens", "overflow");

    /** The first word of the state after an operation that was refused or has an unknown outcome. */
    private static final Set<String> FAILURES = Set.of("REFUSED", "UNKNOWN");

    static View view(Frame frame, ApiCalls api) {
        Query query = frame.query();
        ApiResult<ListAuditEntriesResponse> listed = listed(query, query.get("page"), 0, api);
        return View.of(frame, "audit.jte", of(query, listed, frame.texts()), listed);
    }

    private static ApiResult<ListAuditEntriesResponse> listed(Query query, String token, int size, ApiCalls api) {
        String operation = query.get("op");
        boolean isOfAnyKind = !operation.isEmpty() && query.get("show").isEmpty();
        ListAuditEntriesRequest.Builder request = ListAuditEntriesRequest.newBuilder()
                .setGid(query.get("gid"))
                .setActor(query.get("actor"))
                .setOperation(operation)
                .setKind(Objects.requireNonNull(KINDS.get(isOfAnyKind ? "all" : query.get("show"))))
                .setPageSize(size)
                .setPageToken(token)
                .setRequestId(query.get("request"))
                .setFoldBulk(Stream.of("gid", "op", "request")
                        .allMatch(field -> query.get(field).isEmpty()));
        DisplayedTime.parsed(query.get("from")).map(Times::proto).ifPresent(request::setAfter);
        DisplayedTime.parsed(query.get("to")).map(Times::proto).ifPresent(request::setBefore);
        return api.ask(OperatorServiceGrpc.getListAuditEntriesMethod(), request.build())
                .get();
    }

    /**
     * Returns the newest entries as a CSV file, with the fields of {@link AuditEntry} as columns; null if a request
     * fails, and the page then shows the error. The name of the file shows whether entries are missing.
     */
    static @Nullable WebResponse file(Query query, ApiCalls api) {
        List<FieldDescriptor> columns = AuditEntry.getDescriptor().getFields();
        StringBuilder csv = new StringBuilder(line(columns.stream().map(FieldDescriptor::getName)));
        String token = "";
        int rows = 0;
        do {
            ListAuditEntriesResponse page = listed(query, token, FILE_PAGE, api).value();
            if (page == null) {
                return null;
            }
            page.getEntriesList()
                    .forEach(entry -> csv.append(line(columns.stream()
                            .map(column -> entry.getField(column) instanceof Timestamp time
                                    ? Times.instant(time).toString()
                                    : entry.getField(column).toString()))));
            rows += page.getEntriesCount();
            token = page.getNextPageToken();
        } while (!token.isEmpty() && rows < MAX_FILE_ENTRIES);
        String name = token.isEmpty() ? "audit.csv" : "audit-newest-" + rows + ".csv";
        Map<String, String> saved = Map.of("Content-Disposition", "attachment; filename=\"" + name + "\"");
        return WebResponse.of(200, "text/csv; charset=utf-8", saved, csv.toString());
    }

    /** Returns a line of RFC 4180. An apostrophe keeps a spreadsheet from evaluating a cell as a formula. */
    private static String line(Stream<String> cells) {
        return cells.map(cell -> cell.matches("(?s)[=+@\\-\t\r\n].*") ? "'" + cell : cell)
                .map(cell -> '"' + cell.replace("\"", "\"\"") + '"')
                .collect(Collectors.joining(",", "", "\r\n"));
    }

    static AuditPage of(Query query, ApiResult<ListAuditEntriesResponse> listed, Texts texts) {
        ListAuditEntriesResponse page = listed.value();
        Query asked = query.only(Set.of(FIELDS.split(" ", -1)));
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

    /** Returns the operations to choose from. */
    public List<TransactionsPage.Choice> operations() {
        return Stream.of(OPERATIONS.split(", ", -1))
                .map(name -> new TransactionsPage.Choice(name, act(name), name.equals(asked.get("op"))))
                .toList();
    }

    /** Returns the address of the client; empty if the actor's name contains the address. */
    public String peer(AuditEntry entry) {
        return entry.getActor().endsWith("@" + entry.getPeer()) ? "" : entry.getPeer();
    }

    /** Returns the operation in words; its name in the API if a newer coordinator has an operation unknown here. */
    public String act(AuditEntry entry) {
        return act(entry.getOperation());
    }

    private String act(String operation) {
        TextCatalog words = texts.words();
        String name = VisibleText.of(operation);
        if (name.startsWith(AuditRecord.BULK)) {
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
