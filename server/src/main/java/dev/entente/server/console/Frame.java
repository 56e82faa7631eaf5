package dev.entente.server.console;

import dev.entente.server.console.part.Assets;
import dev.entente.server.console.part.ConsoleUser;
import dev.entente.server.console.part.DisplayedTime;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import java.time.Instant;
import java.util.List;

/**
 * The content around each page's own content.
 *
 * @param base the path from the page to the console's root: empty, or some {@code ../}
 * @param page its name, such as {@code transactions}; empty for the overview
 * @param query of the page's URL
 * @param mayAct whether the console offers operations
 * @param now the time of the page
 * @param assets the console's files
 */
public record Frame(
        Texts texts,
        String base,
        String page,
        Query query,
        ConsoleUser visitor,
        boolean mayAct,
        Instant now,
        Assets assets) {
    private static final List<String> SECTIONS =
            List.of("", "transactions", "approvals", "new", "participants", "topics", "coordinators", "audit");

    /** A link in a list of links. */
    public record Link(String text, String href, boolean isCurrent) {}

    /** Returns the frame with the fields of a form as its query. */
    Frame with(Query form) {
        return new Frame(texts, base, page, form, visitor, mayAct, now, assets);
    }

    /** Returns whether the user may request operations in this console. */
    public boolean mayOperate() {
        return mayAct && visitor.isOperator();
    }

    /** Returns whether the user may check plans, and also submit plans if the console offers operations. */
    public boolean maySubmit() {
        return visitor.isUnauthenticated() || visitor.roles().contains("submitter");
    }

    /** Returns the text of a key. */
    public String t(String key, Object... values) {
        return texts.of(key, values);
    }

    /** Returns a link to a page of the console; {@code ./} is the link to the overview. */
    public String to(String target) {
        return target.isEmpty() ? (base.isEmpty() ? "./" : base) : base + target;
    }

    /** Returns the page's time. */
    public DisplayedTime time() {
        return DisplayedTime.of(now, now, texts);
    }

    /** Returns the links to the sections that the user may see. */
    public List<Link> sections() {
        String current = page.startsWith("transaction") ? "transactions" : page;
        return SECTIONS.stream()
                .filter(one -> visitor.lacks(one).isEmpty())
                .map(one -> new Link(t(one.isEmpty() ? "nav.overview" : "nav." + one), to(one), one.equals(current)))
                .toList();
    }

    /** Returns the languages other than the page's language. */
    public List<Language> otherLanguages() {
        return List.of(Language.values()).stream()
                .filter(one -> one != texts.language())
                .toList();
    }

    /** Returns the query of the view's own URL. A form has further fields. */
    private Query view() {
        return PageFields.ofUrl(page, query);
    }

    /** Returns a link to this view in another language. */
    public String in(Language language) {
        return view().with("lang", language.tag()).link("");
    }

    /** Returns the link to the stream that reports changes of this view. */
    public String live() {
        return view().with("of", page).link(to(PageFields.STREAM));
    }

    /** Returns a link to the current state of this view. */
    public String again() {
        return view().with("page", "").with("asof", "").with("lang", "").link(to(page));
    }
}
