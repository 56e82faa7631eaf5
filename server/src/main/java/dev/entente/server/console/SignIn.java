package dev.entente.server.console;

import dev.entente.server.console.part.ConsoleUser;
import dev.entente.server.console.part.PagePaths;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.SignedInUsers;
import dev.entente.server.http.WebRequest;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Signs users in by a token, and out again. A cookie identifies the session. Over plain text from another machine the
 * console accepts neither tokens nor cookies. Thread-safe; blocks.
 */
record SignIn(SignedInUsers users) {

    private static final String COOKIE = "entente-session";
    /** The prefix of a cookie that browsers accept only over HTTPS and only from the same host. */
    private static final String SECURE = "__Host-";

    private static final Pattern PORT = Pattern.compile("^.*?(?::(\\d+))?$");

    private static final String ATTRIBUTES = "; Path=/; HttpOnly; SameSite=Lax";
    private static final int LONGEST_TARGET = 4096;

    /** Returns the user, first by a proxy's header; null for an unknown user. Throws as {@link SignedInUsers} does. */
    @Nullable
    ConsoleUser visitor(WebRequest request) {
        if (!request.user().isEmpty()) {
            return users.named().apply(request.user());
        }
        String session = session(request);
        return session.isEmpty() ? null : users.find().apply(session);
    }

    private String session(WebRequest request) {
        return request.isPrivate() ? request.cookie(name(request)) : "";
    }

    /**
     * Returns the cookie's name, with the port and this console's database. Browsers send cookies to all ports and
     * paths of a host. A proxy strips the path, but consoles on different paths have different databases.
     */
    private String name(WebRequest request) {
        String port = PORT.matcher(request.header().apply("Host")).replaceFirst("$1");
        String name = COOKIE + "-" + users.database() + (port.isEmpty() ? "" : "-" + port);
        return request.isSecure() ? SECURE + name : name;
    }

    /** Returns the page that asks for a token, in place of the requested page. */
    static View asked(WebRequest request, Frame frame) {
        Query wanted = request.form() == null ? frame.query() : Query.of(request.form());
        return page(request, frame, 401, ownPage(wanted.with("lang", "").link(frame.page())), "");
    }

    private static View page(WebRequest request, Frame frame, int status, String to, String error) {
        int statusCode = request.isPrivate() ? status : 403;
        return new View(frame, statusCode, "sign-in.jte", new SignInPage(to, request.isPrivate(), error));
    }

    /** Returns the response to a request for the sign-in page itself. */
    View in(WebRequest request, Frame frame) {
        Query form = Query.of(String.valueOf(request.form()));
        String to = ownPage((request.form() == null ? frame.query() : form).get("to"));
        if (request.form() == null || !request.isPrivate()) {
            return frame.visitor().isSignedIn() ? View.to(frame, to) : page(request, frame, 200, to, "");
        }
        String session = users.signIn().apply(form.get("token"), request.client());
        if (session == null) {
            Frame again = frame.with(Query.NONE.with("to", to));
            return page(request, again, 401, to, frame.t("sign-in.failed"));
        }
        users.signOut().accept(session(request), request.client());
        return View.to(frame, to, cookie(request, session, ""));
    }

    /** Signs the user out. */
    View out(WebRequest request, Frame frame) {
        users.signOut().accept(session(request), request.client());
        return View.to(frame, PagePaths.SIGN_IN, cookie(request, "", "; Max-Age=0"));
    }

    private String cookie(WebRequest request, String session, String more) {
        return name(request) + "=" + session + ATTRIBUTES + more + (request.isSecure() ? "; Secure" : "");
    }

    /**
     * Returns a link within the console, from its root; empty for other input. The link is built from parsed parts, so
     * that it contains neither another site nor a header. A payload's link leads to its transaction, where people ask
     * for payloads.
     */
    static String ownPage(String to) {
        int question = to.indexOf('?');
        String page = question < 0 ? to : to.substring(0, question);
        Query query = question < 0 ? Query.NONE : Query.of(to.substring(question + 1));
        String link = PageFields.link(page.equals(PagePaths.PAYLOAD) ? "transaction" : page, query);
        return link.length() <= LONGEST_TARGET ? link : "";
    }
}
