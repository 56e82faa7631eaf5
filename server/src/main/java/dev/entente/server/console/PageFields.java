package dev.entente.server.console;

import dev.entente.server.codec.ExamplePlan;
import dev.entente.server.console.part.DisplayedTime;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.PagePaths;
import dev.entente.server.console.part.Query;
import dev.entente.server.http.WebRequest;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The fields of each page's URL and form, with the accepted values. The console refuses unknown and repeated fields,
 * because their meaning is unclear.
 */
final class PageFields {
    /** The path of the streams. A stream has the fields of its page. */
    static final String STREAM = "live";

    private static final String FILTER = String.join(" ", TransactionQuery.FIELDS);
    /** The fields of every operation. {@link OperationForm#fields} returns further fields. */
    private static final String OPERATION_FIELDS = "gid operation reason";

    private static final Map<String, Set<String>> URLS = Map.ofEntries(
            of("", "span"),
            of("transactions", FILTER + " page asof"),
            of(PagePaths.OPERATION_ON_MANY, FILTER + " operation run row"),
            of("transaction", "gid branches before event format"),
            of(PagePaths.PAYLOAD, "gid branch op which whole"),
            of(PagePaths.OPERATION, OPERATION_FIELDS),
            of("participants", ""),
            of("approvals", "page"),
            of(PagePaths.NEW, "example"),
            of("topics", "topic page queues"),
            of("coordinators", ""),
            of("audit", AuditPage.FIELDS + " page format"),
            of(PagePaths.SIGN_IN, "to"));

    private static final Map<String, Set<String>> FORMS = Map.ofEntries(
            of(PagePaths.OPERATION_ON_MANY, FILTER + " operation why number stop"),
            of(PagePaths.OPERATION, OPERATION_FIELDS + " revision fence"),
            of("transaction", "gid probe"),
            of("participants", "name"),
            of(PagePaths.NEW, "gid plan example do again"),
            of(PagePaths.SIGN_IN, "to user token"),
            of(PagePaths.SIGN_OUT, ""));

    /** The pages whose script listens to changes. */
    private static final Set<String> LIVE = Set.of("", "transactions", "transaction", "participants", "coordinators");

    private static final String NUMBERS = "0, 1, 2, \u2026";
    private static final String TIMES = "2026-01-31T12:00:00Z, \u2026";

    private PageFields() {}

    private static Map.Entry<String, Set<String>> of(String page, String fields) {
        return Map.entry(page, Set.of((fields + " lang").strip().split(" ")));
    }

    /** Returns a page's HTTP methods as in the header {@code Allow}; empty for no page. */
    static String methods(String page) {
        boolean isPage = URLS.containsKey(page);
        return FORMS.containsKey(page) ? (isPage ? "GET, HEAD, POST" : "POST") : isPage ? "GET, HEAD" : "";
    }

    /**
     * Returns the names of a request's unknown or repeated fields. If there are none, returns the fields with invalid
     * values, each with its value and the accepted values.
     */
    static List<String> misfits(WebRequest request) {
        String page = request.path().substring(1);
        String form = request.form();
        if (page.equals(STREAM)) {
            Query asked = Query.of(request.query());
            String of = asked.get("of");
            Set<String> known = known(URLS, of, asked);
            return misfits(request.query(), LIVE.contains(of) && known.add("of") ? known : Set.of(), of);
        } else if (methods(page).isEmpty()) {
            return List.of();
        }
        List<String> misfits = misfits(request.query(), known(URLS, page, Query.of(request.query())), page);
        if (form != null && misfits.isEmpty()) {
            misfits = misfits(form, known(FORMS, page, Query.of(form)), page);
        }
        boolean isOfAct = known(URLS, page, Query.NONE).contains("operation");
        Query said = Query.of(form == null ? request.query() : form);
        return misfits.isEmpty() && isOfAct && said.get("operation").isEmpty()
                ? List.of("operation= (" + taken("operation", said, page) + ")")
                : misfits;
    }

    private static List<String> misfits(String raw, Set<String> known, String page) {
        List<String> names = Query.misfits(raw, known);
        Query fields = Query.of(raw);
        return !names.isEmpty()
                ? names
                : fields.values().keySet().stream()
                        .filter(field -> !isTaken(fields.get(field), taken(field, fields, page)))
                        .map(field -> field + "=" + fields.get(field) + " (" + taken(field, fields, page) + ")")
                        .toList();
    }

    /** Returns the accepted values of a field; empty if the field accepts any text or its page checks the value. */
    private static String taken(String field, Query fields, String page) {
        return switch (field) {
            case "operation" ->
                String.join(
                        ", ",
                        page.equals(PagePaths.OPERATION_ON_MANY) ? TransactionQuery.OPERATIONS : OperationForm.NAMES);
            case "lang" -> Stream.of(Language.values()).map(Language::tag).collect(Collectors.joining(", "));
            case "as" ->
                fields.get("operation").equals(OperationForm.FORCE)
                        ? "SUCCEEDED, ABORTED"
                        : "done, undone, never-happened";
            case "branches", "before", "event", "revision", "fence", "number", "row" -> NUMBERS;
            case "asof" -> TIMES;
            case "from", "to" -> page.equals("audit") ? TIMES : "";
            case "op" -> page.equals("audit") ? AuditPage.OPERATIONS : "";
            case "example" ->
                Stream.of(ExamplePlan.values()).map(ExamplePlan::toString).collect(Collectors.joining(", "));
            case "show" -> "reads, all";
            case "span" -> "hour, day";
            case "do" -> "check, submit";
            case "which" -> "request, response";
            case "format" -> page.equals("audit") ? "csv" : "json";
            case "whole", "probe", "again", Resolvable.CHOOSE -> "1";
            default -> "";
        };
    }

    private static boolean isTaken(String value, String taken) {
        return switch (taken) {
            case "" -> true;
            case NUMBERS -> value.matches("\\d{1,18}");
            case TIMES -> isTime(value);
            default -> List.of(taken.split(", ")).contains(value);
        };
    }

    static boolean isTime(String text) {
        return text.matches("[1-9]\\d{3}-.*")
                && DisplayedTime.parsed(text).filter(Instant.EPOCH::isBefore).isPresent();
    }

    /** Returns a link to a page, with the fields that its URL accepts; empty if there is no such page. */
    static String link(String page, Query fields) {
        return URLS.containsKey(page) ? ofUrl(page, fields).link(page) : "";
    }

    /** Returns the fields that a page's URL accepts, without the fields of its form only. */
    static Query ofUrl(String page, Query fields) {
        return fields.only(known(URLS, page, fields));
    }

    private static Set<String> known(Map<String, Set<String>> pages, String page, Query fields) {
        Set<String> known = new HashSet<>(pages.getOrDefault(page, Set.of("lang")));
        if (page.equals(PagePaths.OPERATION)) {
            known.addAll(OperationForm.fields(fields.get("operation")));
        } else if (page.equals(PagePaths.OPERATION_ON_MANY)) {
            fields.values().keySet().stream()
                    .filter(field -> field.startsWith(TransactionQuery.CHECK))
                    .forEach(known::add);
        }
        return known;
    }
}
