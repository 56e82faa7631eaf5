package dev.entente.server.console.part;

import java.util.List;
import java.util.Locale;

/** The languages of the console's pages. */
public enum Language {
    /** English, the default. */
    ENGLISH("en", "English", "messages.properties"),
    /** Simplified Chinese. */
    CHINESE("zh-CN", "\u4e2d\u6587", "messages_zh_CN.properties");

    /** The cookie that stores the chosen language. */
    public static final String COOKIE = "entente-lang";

    private final String tag;
    private final String title;
    private final String file;

    Language(String tag, String title, String file) {
        this.tag = tag;
        this.title = title;
        this.file = file;
    }

    /** Returns the language tag for {@code lang} attributes. */
    public String tag() {
        return tag;
    }

    /** Returns the language's own name for itself. */
    public String title() {
        return title;
    }

    public String file() {
        return file;
    }

    /** Returns the value of {@code Set-Cookie} that stores this language for a year. */
    public String cookie() {
        return COOKIE + "=" + tag + "; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly";
    }

    /**
     * Chooses a language.
     *
     * @param said the tag in the URL; empty for none
     * @param kept the tag in the cookie; empty for none
     * @param accepted the header {@code Accept-Language}; empty for none
     */
    public static Language of(String said, String kept, String accepted) {
        for (String tag : List.of(said, kept)) {
            for (Language language : values()) {
                if (language.tag.equals(tag)) {
                    return language;
                }
            }
        }
        try {
            List<Locale.LanguageRange> ranges = Locale.LanguageRange.parse(accepted);
            return "zh".equals(Locale.lookupTag(ranges, List.of("en", "zh"))) ? CHINESE : ENGLISH;
        } catch (IllegalArgumentException malformed) {
            return ENGLISH;
        }
    }
}
