package dev.entente.server.console;

import dev.entente.core.transaction.VisibleText;
import dev.entente.server.console.part.ApiCalls;
import dev.entente.server.console.part.Assets;
import dev.entente.server.console.part.ConsoleUser;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.PagePaths;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.ResponseCache;
import dev.entente.server.console.part.SignedInUsers;
import dev.entente.server.console.part.Texts;
import dev.entente.server.http.EventFeed;
import dev.entente.server.http.WebRequest;
import dev.entente.server.http.WebResponse;
import dev.entente.server.http.Website;
import dev.entente.server.store.BulkRunTable;
import dev.entente.server.store.StoreUnavailable;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.grpc.Channel;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The console: identifies the user, chooses the language, and writes the page of a path. Thread-safe; blocks.
 *
 * <p>An unknown user sees no content. All content of a page comes from the API.
 */
public final class Console implements Website {
    private static final int MAX_FORM_BYTES = 16 << 10;
    /** The limit in URL-encoded form: a plan of several hundred steps. */
    private static final int MAX_PLAN_FORM_BYTES = 256 << 10;

    private static final String HTML = "text/html; charset=utf-8";

    private final boolean mayAct;
    private final Supplier<Instant> now;
    private final BiFunction<String, ConsoleUser, Channel> api;
    private final @Nullable SignIn signIn;
    private final BulkRuns runs;
    private final Assets assets = new Assets();
    private final ResponseCache shared = new ResponseCache(System::nanoTime);
    private final Map<Language, Texts> texts = new EnumMap<>(Language.class);
    private final TemplateEngine templates = TemplateEngine.createPrecompiled(ContentType.Html);

    /**
     * @param api returns the channel to the coordinator's own services for a client's address and the user
     * @param users null if the server does not authenticate users
     * @param runs the table of operations on many transactions
     * @param mayAct whether the console offers operations
     * @param now the database's time
     */
    public Console(
            BiFunction<String, ConsoleUser, Channel> api,
            @Nullable SignedInUsers users,
            BulkRunTable runs,
            boolean mayAct,
            Supplier<Instant> now) {
        this.runs = new BulkRuns(runs);
        this.mayAct = mayAct;
        this.now = now;
        signIn = users == null ? null : new SignIn(users);
        this.api = api;
        for (Language language : Language.values()) {
            texts.put(language, Texts.of(language));
        }
    }

    @Override
    public @Nullable EventFeed events(WebRequest request) {
        if (!request.path().equals("/" + PageFields.STREAM)
                || !PageFields.misfits(request).isEmpty()) {
            return null;
        }
        String page = Query.of(request.query()).get("of");
        return new LiveFeed(
                () -> known(request),
                visitor -> {
                    Frame frame = frame(request, page, visitor);
                    return pages(request, frame).fingerprint(frame);
                },
                LiveFeed.Pace.of(page),
                System::nanoTime);
    }

    @Override
    public WebResponse answer(WebRequest request) {
        String path = request.path().substring(1);
        WebResponse file = assets.find(path);
        if (file != null) {
            return file;
        }
        try {
            ConsoleUser visitor = known(request);
            Frame frame = frame(request, path, visitor == null ? ConsoleUser.ANONYMOUS : visitor);
            View refused = refused(request, frame);
            WebResponse saved = refused == null ? file(request, frame) : null;
            return saved != null ? saved : written(refused == null ? view(request, frame) : refused);
        } catch (StoreUnavailable unknown) {
            return written(View.message(frame(request, path, ConsoleUser.ANONYMOUS), 503, "failed", ""));
        } finally {
            if (request.form() != null) {
                shared.clear();
            }
        }
    }

    private Frame frame(WebRequest request, String path, ConsoleUser visitor) {
        Query query = Query.of(request.query());
        Language language = Language.of(
                query.get("lang"),
                request.cookie(Language.COOKIE),
                request.header().apply("Accept-Language"));
        return new Frame(
                Objects.requireNonNull(texts.get(language)),
                "../".repeat((int) path.chars().filter(one -> one == '/').count()),
                path,
                query,
                visitor,
                mayAct,
                now.get(),
                assets);
    }

    /** Returns a file; null if no file is requested, or if the page shows the reason. */
    private @Nullable WebResponse file(WebRequest request, Frame frame) {
        boolean isAsked = !frame.query().get("whole").isEmpty()
                || !frame.query().get("format").isEmpty();
        boolean isOpen = frame.page().equals("transaction");
        boolean maySave = !frame.visitor().equals(ConsoleUser.ANONYMOUS)
                && (isOpen || (frame.visitor().isOperator() && !isForeign(request)));
        return isAsked && maySave ? pages(request, frame).file(frame) : null;
    }

    /** Returns the page that refuses a request; null if the request is accepted. */
    private static @Nullable View refused(WebRequest request, Frame frame) {
        if (request.form() != null && !isOwnForm(request)) {
            String site = request.header().apply("Sec-Fetch-Site");
            String origin = request.header().apply("Origin");
            String seen = "Sec-Fetch-Site: '" + site + "', Origin: '" + origin + "'";
            return View.message(frame, 403, "foreign-form", VisibleText.of(seen));
        }
        List<String> misfits = PageFields.misfits(request);
        return misfits.isEmpty()
                ? null
                : View.message(frame, 400, "fields", VisibleText.of(String.join(", ", misfits)));
    }

    private View view(WebRequest request, Frame frame) {
        String form = request.form();
        SignIn signing = signIn;
        if (signing != null && frame.page().equals(PagePaths.SIGN_IN)) {
            return signing.in(request, frame);
        }
        if (signing != null && frame.page().equals(PagePaths.SIGN_OUT) && form != null) {
            return signing.out(request, frame);
        }
        if (frame.visitor().equals(ConsoleUser.ANONYMOUS)) {
            return SignIn.asked(request, frame);
        }
        List<String> lacking = frame.visitor().lacks(frame.page());
        if (!lacking.isEmpty()) {
            return View.message(frame, 403, "role", frame.t("role.needed", String.join(", ", lacking)));
        }
        Pages pages = pages(request, frame);
        if (form != null) {
            return pages.posted(frame.with(Query.of(form)));
        }
        return frame.page().equals(PagePaths.PAYLOAD) && isForeign(request)
                ? pages.ofTransaction().unread(frame)
                : pages.view(frame);
    }

    /** Returns whether the link is on another site's page. Browsers follow such a link with the same cookies. */
    private static boolean isForeign(WebRequest request) {
        return request.header().apply("Sec-Fetch-Site").matches("cross-site|same-site");
    }

    /**
     * Returns whether the form is the console's own. Browsers send forms of other sites with the same cookies, and
     * report the origin. The HTTP port has compared {@code Origin}, if present, with this console's address.
     */
    private static boolean isOwnForm(WebRequest request) {
        String site = request.header().apply("Sec-Fetch-Site");
        return site.equals("same-origin")
                || (site.isEmpty() && !request.header().apply("Origin").isEmpty());
    }

    @Override
    public String methods(String path) {
        String page = path.substring(1);
        boolean isOfSigning = page.equals(PagePaths.SIGN_IN) || page.equals(PagePaths.SIGN_OUT);
        return assets.find(page) != null ? "GET, HEAD" : isOfSigning && signIn == null ? "" : PageFields.methods(page);
    }

    @Override
    public int mostFormBytes(String path) {
        return path.equals("/" + PagePaths.NEW) ? MAX_PLAN_FORM_BYTES : MAX_FORM_BYTES;
    }

    @Override
    public WebResponse tooLarge(WebRequest request) {
        Frame frame = frame(request, request.path().substring(1), ConsoleUser.ANONYMOUS);
        String most = frame.t("message.too-large.most", mostFormBytes(request.path()) >> 10);
        return written(View.message(frame, 413, "too-large", most));
    }

    private Pages pages(WebRequest request, Frame frame) {
        ConsoleUser visitor = frame.visitor();
        Channel channel = api.apply(request.client(), visitor);
        return new Pages(new ApiCalls(channel, shared, visitor.visibility(), frame.texts(), frame.now()), runs);
    }

    /** Queries the table of sessions. */
    private @Nullable ConsoleUser known(WebRequest request) {
        return signIn == null ? ConsoleUser.ANYBODY : signIn.visitor(request);
    }

    private WebResponse written(View view) {
        Frame frame = view.frame();
        Language language = frame.texts().language();
        boolean isChosen = frame.query().get("lang").equals(language.tag());
        String cookie = view.cookie().isEmpty() && isChosen ? language.cookie() : view.cookie();
        Map<String, String> headers = new HashMap<>(cookie.isEmpty() ? Map.of() : Map.of("Set-Cookie", cookie));
        if (view.status() == 503 && view.page() instanceof MessagePage) {
            headers.put(WebResponse.LATER, "1"); // the page has no content and no form, so the client requests it again
        }
        StringOutput html = new StringOutput();
        if (view.status() == 303) {
            headers.put("Location", frame.to(String.valueOf(view.page())));
        } else {
            templates.render(view.template(), Map.of("frame", frame, "page", view.page()), html);
        }
        return WebResponse.of(view.status(), HTML, headers, html.toString());
    }
}
