package dev.entente.server.console;

import dev.entente.server.console.part.Query;
import dev.entente.server.http.WebRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The fields that each page's URL has, and its form. A page is not made of others, nor of one that stands twice: nobody
 * could say what is meant.
 */
final class PageFields {
    /** The path of the streams, which have the fields of the page that they are of. */
    static final String STREAM = "live";

    private static final String FILTER = String.join(" ", TransactionQuery.FIELDS);
    private static final String ACT = "gid act branch op as response-file reason revision fence " + Resolvable.CHOOSE;

    private static final Map<String, Set<String>> URLS = Map.ofEntries(
            of("", ""),
            of("transactions", FILTER + " page asof"),
            of(BulkPages.PATH, FILTER + " act run"),
            of("transaction", "gid branches before event"),
            of(PayloadPage.PATH, "gid branch op which whole"),
            of("transaction/act", ACT),
            of("participants", ""),
            of("approvals", "page"),
            of(NewPage.PATH, "example"),
            of("topics", "topic page lanes"),
            of("coordinators", ""),
            of("audit", "gid show page"),
            of(SignIn.IN, "to"));

    private static final Map<String, Set<String>> FORMS = Map.ofEntries(
            of(BulkPages.PATH, FILTER + " act why number stop"),
            of("transaction/act", ACT),
            of("participants", "name"),
            of(NewPage.PATH, "gid plan example do"),
            of(SignIn.IN, "to token"),
            of(SignIn.OUT, ""));

    /** The pages whose script asks what has changed. */
    private static final Set<String> LIVE = Set.of("", "transactions", "transaction", "participants", "coordinators");

    private PageFields() {}

    private static Map.Entry<String, Set<String>> of(String page, String fields) {
        return Map.entry(page, Set.of((fields + " lang").strip().split(" ")));
    }

    /** Returns the methods of HTTP that a page takes, as the header {@code Allow} has them; empty for no page. */
    static String methods(String page) {
        boolean isPage = URLS.containsKey(page);
        return FORMS.containsKey(page) ? (isPage ? "GET, HEAD, POST" : "POST") : isPage ? "GET, HEAD" : "";
    }

    /** Returns the names of a request's fields that its page does not have, or that stand twice. */
    static List<String> misfits(WebRequest request) {
        String page = request.path().substring(1);
        String form = request.form();
        if (page.equals(STREAM)) {
            String of = Query.of(request.query()).get("of");
            Set<String> known = new HashSet<>(known(URLS, of));
            return Query.misfits(request.query(), LIVE.contains(of) && known.add("of") ? known : Set.of());
        } else if (methods(page).isEmpty()) {
            return List.of();
        }
        List<String> misfits = Query.misfits(request.query(), known(URLS, page));
        return form == null || !misfits.isEmpty() ? misfits : Query.misfits(form, known(FORMS, page));
    }

    /** Returns a link to a page, with those of the fields that its URL has; empty where there is no such page. */
    static String link(String page, Query fields) {
        return URLS.containsKey(page) ? fields.only(known(URLS, page)).link(page) : "";
    }

    private static Set<String> known(Map<String, Set<String>> pages, String page) {
        return pages.getOrDefault(page, Set.of("lang"));
    }
}
