package dev.entente.server.console;

import dev.entente.server.console.part.ApiCalls;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.SharedAnswers;
import dev.entente.server.console.part.Texts;
import dev.entente.server.http.EventFeed;
import dev.entente.server.http.WebAnswer;
import dev.entente.server.http.WebRequest;
import dev.entente.server.http.Website;
import dev.entente.server.store.StoreUnavailable;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.grpc.Channel;
import java.time.Duration;
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
 * The console: says who looks, in which language, and writes the page of a path. Thread-safe; blocks.
 *
 * <p>Nothing is shown to a visitor that it does not know. All of a page's content comes from the API.
 */
public final class Console implements Website {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** Time that a plan's answer may take: its participants may be asked for their types first. */
    private static final Duration PLAN_PATIENCE = Duration.ofSeconds(15);

    private static final int MAX_FORM_BYTES = 16 << 10;
    /** Percent signs and all: a plan of several hundred steps. */
    private static final int MAX_PLAN_FORM_BYTES = 256 << 10;

    private static final String HTML = "text/html; charset=utf-8";

    /**
     * The kind of server behind the console.
     *
     * @param now the database's time
     */
    public record Setting(ConsoleMode mode, Supplier<Instant> now) {}

    private final Setting setting;
    private final BiFunction<String, String, Channel> api;
    private final @Nullable SignIn signIn;
    private final BulkRuns runs = new BulkRuns();
    private final Assets assets = Assets.read();
    private final SharedAnswers shared = new SharedAnswers(System::nanoTime);
    private final Map<Language, Texts> texts = new EnumMap<>(Language.class);
    private final TemplateEngine templates = TemplateEngine.createPrecompiled(ContentType.Html);

    /**
     * @param api returns the way to the coordinator's own services for the client at an address, by the hash of its
     *     token
     * @param visitors null where the server asks nobody who they are
     */
    public Console(BiFunction<String, String, Channel> api, @Nullable Visitors visitors, Setting setting) {
        this.setting = setting;
        signIn = visitors == null ? null : new SignIn(visitors);
        this.api = api;
        for (Language language : Language.values()) {
            texts.put(language, Texts.of(language));
        }
    }

    @Override
    public @Nullable EventFeed events(WebRequest request) {
        if (!request.path().equals("/live")) {
            return null;
        }
        Query query = Query.of(request.query());
        String page = query.get("of");
        return new LiveFeed(
                () -> known(request),
                visitor -> pages(request, visitor).fingerprint(frame(request, page, query, visitor)),
                page.equals("transactions") ? LiveFeed.Pace.LIST : LiveFeed.Pace.SECOND,
                System::nanoTime);
    }

    @Override
    public WebAnswer answer(WebRequest request) {
        try {
            return answered(request);
        } finally {
            if (request.form() != null) {
                shared.clear();
            }
        }
    }

    private WebAnswer answered(WebRequest request) {
        String path = request.path().substring(1);
        WebAnswer file = assets.find(path);
        if (file != null) {
            return file;
        }
        try {
            Visitor visitor = known(request);
            return answer(request, frame(request, path, visitor == null ? Visitor.NOBODY : visitor));
        } catch (StoreUnavailable unknown) {
            return written(View.message(frame(request, path, Visitor.NOBODY), 503, "failed", ""), null);
        }
    }

    private Frame frame(WebRequest request, String path, Visitor visitor) {
        return frame(request, path, Query.of(request.query()), visitor);
    }

    private Frame frame(WebRequest request, String path, Query query, Visitor visitor) {
        Language language = Language.of(query.get("lang"), request.head("Cookie"), request.head("Accept-Language"));
        return new Frame(
                Objects.requireNonNull(texts.get(language)),
                "../".repeat((int) path.chars().filter(one -> one == '/').count()),
                path,
                query,
                visitor,
                setting.mode() == ConsoleMode.ON,
                setting.now().get(),
                assets);
    }

    private WebAnswer answer(WebRequest request, Frame frame) {
        if (request.form() != null && !OwnForms.isOurs(request)) {
            return written(View.message(frame, 403, "foreign-form", ""), null);
        }
        boolean isForm = request.form() != null;
        SignIn signing = signIn;
        if (signing != null && frame.page().equals(SignIn.IN)) {
            return signing.in(request, frame, page -> written(page, chosen(frame)));
        }
        if (signing != null && frame.page().equals(SignIn.OUT) && isForm) {
            return signing.out(request, frame);
        }
        if (frame.visitor().equals(Visitor.NOBODY)) {
            return written(SignIn.asked(request, frame), chosen(frame));
        }
        List<String> lacking = frame.visitor().lacks(frame.page());
        if (!lacking.isEmpty()) {
            return written(View.message(frame, 403, "role", frame.t("role.needed", String.join(", ", lacking))), null);
        }
        Pages pages = pages(request, frame.visitor());
        if (frame.page().equals("transaction/payload")
                && !frame.query().get("whole").isEmpty()) {
            WebAnswer payload = pages.ofTransaction().file(frame);
            if (payload != null) {
                return payload;
            }
        }
        if (isForm && frame.page().equals("transaction/act")) {
            return acted(request, frame, pages);
        }
        if (isForm && Pages.FORMS.contains(frame.page())) {
            return posted(request, frame, pages);
        }
        if (isForm && frame.page().equals(NewPage.PATH)) {
            return submitted(request, frame);
        }
        View view = pages.view(frame);
        if (view.status() == 404 && !request.head("Accept").contains("text/html")) {
            return WebAnswer.of(404, "text/plain; charset=utf-8", Map.of(), "not found\n");
        }
        return written(view, chosen(frame));
    }

    @Override
    public int mostFormBytes(String path) {
        return path.equals("/" + NewPage.PATH) ? MAX_PLAN_FORM_BYTES : MAX_FORM_BYTES;
    }

    @Override
    public WebAnswer tooLarge(WebRequest request) {
        Frame frame = frame(request, request.path().substring(1), Visitor.NOBODY);
        String most = frame.t("message.too-large.most", mostFormBytes(request.path()) >> 10);
        return written(View.message(frame, 413, "too-large", most), null);
    }

    /** Carries out the act of a form, and leads to the transaction; or shows the form again, and why not. */
    private WebAnswer acted(WebRequest request, Frame page, Pages pages) {
        Frame frame = page.with(Query.of(String.valueOf(request.form())));
        ActForm form = new ActForm(frame.query());
        if (!frame.mayOperate() || !form.isKnown()) {
            return written(pages.act(frame, ""), null);
        }
        String error = pages.ofTransaction().carryOut(frame, form);
        if (!error.isEmpty()) {
            return written(pages.act(frame, error), null);
        }
        return led(
                frame,
                Query.NONE.with("gid", form.gid()).with("did", form.act()).link("transaction"),
                Map.of());
    }

    /** Submits the plan of a form, and leads to its transaction; or shows the form again, and what is wrong. */
    private WebAnswer submitted(WebRequest request, Frame page) {
        Frame frame = page.with(Query.of(String.valueOf(request.form())));
        NewPage answer = NewPage.posted(frame, calls(request, frame.visitor(), PLAN_PATIENCE));
        String accepted = answer.answer().accepted();
        return accepted.isEmpty()
                ? written(new View(page, answer.status(), "new.jte", answer), null)
                : led(frame, Query.NONE.with("gid", accepted).link("transaction"), Map.of());
    }

    /** Leads to another page of the console. */
    static WebAnswer led(Frame frame, String to, Map<String, String> more) {
        Map<String, String> headers = new HashMap<>(more);
        headers.put("Location", frame.to(to));
        return WebAnswer.of(303, HTML, headers, "");
    }

    /** Does what another form asks for, and shows or leads to the page that tells of it. */
    private WebAnswer posted(WebRequest request, Frame page, Pages pages) {
        Frame frame = page.with(Query.of(String.valueOf(request.form())));
        View view = pages.posted(frame);
        return view.status() == 303 ? led(frame, String.valueOf(view.page()), Map.of()) : written(view, null);
    }

    private Pages pages(WebRequest request, Visitor visitor) {
        return new Pages(calls(request, visitor, PATIENCE), runs);
    }

    private ApiCalls calls(WebRequest request, Visitor visitor, Duration patience) {
        return new ApiCalls(api.apply(request.client(), visitor.token()), patience, shared, visitor.sight());
    }

    /** Asks the table of sessions once a second at most. */
    private @Nullable Visitor known(WebRequest request) {
        return signIn == null ? Visitor.ANYBODY : signIn.visitor(request);
    }

    /** Returns the language that the URL says; null for none. */
    private static @Nullable Language chosen(Frame frame) {
        Language language = frame.texts().language();
        return frame.query().get("lang").equals(language.tag()) ? language : null;
    }

    private WebAnswer written(View view, @Nullable Language chosen) {
        StringOutput html = new StringOutput();
        templates.render(view.template(), Map.of("frame", view.frame(), "page", view.page()), html);
        Map<String, String> headers = chosen == null ? Map.of() : Map.of("Set-Cookie", chosen.cookie());
        return WebAnswer.of(view.status(), HTML, headers, html.toString());
    }
}
