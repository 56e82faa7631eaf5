package dev.entente.server.console;

import dev.entente.server.http.WebAnswer;
import dev.entente.server.http.WebRequest;
import dev.entente.server.http.Website;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.grpc.Channel;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The console: says who looks, in which language, and writes the page of a path. Thread-safe; blocks.
 *
 * <p>Nothing is shown to a visitor that it does not know. All of a page's content comes from the API.
 */
public final class Console implements Website {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final String HTML = "text/html; charset=utf-8";
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
                    + " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "Referrer-Policy",
            "same-origin",
            "Cache-Control",
            "no-store");

    /**
     * The kind of server behind the console.
     *
     * @param hasAuthentication whether it asks callers for tokens
     * @param now the database's time
     */
    public record Setting(ConsoleMode mode, boolean hasAuthentication, Supplier<Instant> now) {}

    private final Setting setting;
    private final Function<String, Channel> api;
    private final Assets assets = Assets.read();
    private final SharedAnswers shared = new SharedAnswers();
    private final Map<Language, Texts> texts = new EnumMap<>(Language.class);
    private final TemplateEngine templates = TemplateEngine.createPrecompiled(ContentType.Html);

    /** @param api returns the way to the coordinator's own services for the client at an address */
    public Console(Function<String, Channel> api, Setting setting) {
        this.setting = setting;
        this.api = api;
        for (Language language : Language.values()) {
            texts.put(language, Texts.of(language));
        }
    }

    @Override
    public WebAnswer answer(WebRequest request) {
        String path = request.path().substring(1);
        WebAnswer file = assets.find(path);
        if (file != null) {
            return file;
        }
        Query query = Query.of(request.query());
        Language language = Language.of(query.get("lang"), request.head("Cookie"), request.head("Accept-Language"));
        Visitor visitor = visitor();
        Frame frame = new Frame(
                Objects.requireNonNull(texts.get(language)),
                "../".repeat((int) path.chars().filter(one -> one == '/').count()),
                path,
                query,
                visitor == null ? Visitor.NOBODY : visitor,
                setting.mode() == ConsoleMode.ON,
                setting.now().get(),
                assets);
        if (visitor != null
                && path.equals("transaction/payload")
                && !query.get("whole").isEmpty()) {
            WebAnswer payload = pages(request).ofTransaction().file(frame, HEADERS);
            if (payload != null) {
                return payload;
            }
        }
        if (request.form() != null && visitor != null && path.equals("transaction/act")) {
            return acted(request, frame, pages(request));
        }
        View view = visitor == null
                ? View.message(frame, 401, "sign-in", "")
                : pages(request).view(frame);
        if (view.status() == 404 && !request.head("Accept").contains("text/html")) {
            return WebAnswer.of(404, "text/plain; charset=utf-8", HEADERS, "not found\n");
        }
        return written(view, query.get("lang").equals(language.tag()) ? language : null);
    }

    /** Carries out the act of a form, and leads to the transaction; or shows the form again, and why not. */
    private WebAnswer acted(WebRequest request, Frame page, Pages pages) {
        Frame frame = page.with(Query.of(String.valueOf(request.form())));
        if (!OwnForms.isOurs(request)) {
            return written(View.message(frame, 403, "foreign-form", ""), null);
        }
        ActForm form = new ActForm(frame.query());
        if (!frame.mayOperate() || !form.isKnown()) {
            return written(pages.act(frame, ""), null);
        }
        String error = pages.ofTransaction().carryOut(frame, form);
        shared.forget();
        if (!error.isEmpty()) {
            return written(pages.act(frame, error), null);
        }
        Map<String, String> headers = new HashMap<>(HEADERS);
        String did = Query.NONE.with("gid", form.gid()).with("did", form.act()).link("transaction");
        headers.put("Location", frame.to(did));
        return WebAnswer.of(303, HTML, headers, "");
    }

    private Pages pages(WebRequest request) {
        return new Pages(new ApiCalls(api.apply(request.client()), PATIENCE, shared));
    }

    /** Returns who looks; null where the server does not know, and must. */
    private @Nullable Visitor visitor() {
        return setting.hasAuthentication() ? null : Visitor.ANYBODY;
    }

    private WebAnswer written(View view, @Nullable Language chosen) {
        StringOutput html = new StringOutput();
        templates.render(view.template(), Map.of("frame", view.frame(), "page", view.page()), html);
        Map<String, String> headers = new HashMap<>(HEADERS);
        if (chosen != null) {
            headers.put("Set-Cookie", chosen.cookie());
        }
        return WebAnswer.of(view.status(), HTML, headers, html.toString());
    }
}
