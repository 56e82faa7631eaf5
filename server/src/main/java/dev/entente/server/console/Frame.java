package dev.entente.server.console;

import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Moment;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import java.time.Instant;
import java.util.List;

/**
 * All that stands around each page's own content.
 *
 * @param base leads from the page to the console's root: empty, or some {@code ../}
 * @param page its own name among the sections, such as {@code transactions}; empty for the overview
 * @param query of its URL
 * @param mayAct whether the console has acts
 * @param now when it was made
 * @param assets the files that it needs
 */
public record Frame(
        Texts texts,
        String base,
        String page,
        Query query,
        Visitor visitor,
        boolean mayAct,
        Instant now,
        Assets assets) {
    private static final List<String> SECTIONS =
            List.of("", "transactions", "approvals", "new", "participants", "topics", "coordinators", "audit");

    /** A link among others. */
    public record Link(String text, String href, boolean isCurrent) {}

    /** Returns it for what a form says. */
    Frame with(Query form) {
        return new Frame(texts, base, page, form, visitor, mayAct, now, assets);
    }

    /** Tells whether the visitor may ask for acts here. */
    public boolean mayOperate() {
        return mayAct && visitor.isOperator();
    }

    /** Tells whether the visitor may have plans checked; and submitted, where the console has acts. */
    public boolean maySubmit() {
        return visitor.isUnauthenticated() || visitor.roles().contains("submitter");
    }

    /** Returns the text of a key. */
    public String t(String key, Object... values) {
        return texts.of(key, values);
    }

    /** Returns a link to a page of the console; {@code ./} leads to the overview. */
    public String to(String target) {
        return target.isEmpty() ? (base.isEmpty() ? "./" : base) : base + target;
    }

    /** Returns the page's time. */
    public Moment time() {
        return Moment.of(now, now, texts);
    }

    /** Returns the links to the sections that the visitor may see. */
    public List<Link> sections() {
        String current = page.startsWith("transaction") ? "transactions" : page;
        return SECTIONS.stream()
                .filter(one -> visitor.lacks(one).isEmpty())
                .map(one -> new Link(t(one.isEmpty() ? "nav.overview" : "nav." + one), to(one), one.equals(current)))
                .toList();
    }

    /** Returns links to this view in each language. */
    public List<Language> otherLanguages() {
        return List.of(Language.values()).stream()
                .filter(one -> one != texts.language())
                .toList();
    }

    /** Returns what the view's own URL asks: a form says more. */
    private Query view() {
        return PageFields.ofUrl(page, query);
    }

    /** Returns a link to this view in another language. */
    public String in(Language language) {
        return view().with("lang", language.tag()).link("");
    }

    /** Returns the stream that tells when this view has changed. */
    public String live() {
        return view().with("of", page).link(to(PageFields.STREAM));
    }

    /** Returns a link to this view as it is now. */
    public String again() {
        return view().with("page", "").with("asof", "").with("lang", "").link(to(page));
    }
}
