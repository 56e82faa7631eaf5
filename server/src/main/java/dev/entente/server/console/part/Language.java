package dev.entente.server.console.part;

import java.util.List;
import java.util.Locale;

/** The languages of the console's pages. */
public enum Language {
    /** English, for all who ask for nothing else. */
    ENGLISH("en", "English", "messages.properties"),
    /** Simplified Chinese. */
    CHINESE("zh-CN", "\u4e2d\u6587", "messages_zh_CN.properties");

    private static final String COOKIE = "entente-lang";

    private final String tag;
    private final String title;
    private final String file;

    Language(String tag, String title, String file) {
        this.tag = tag;
        this.title = title;
        this.file = file;
    }

    /** Returns its tag, as {@code lang} attributes have it. */
    public String tag() {
        return tag;
    }

    /** Returns its name in itself. */
    public String title() {
        return title;
    }

    public String file() {
        return file;
    }

    /** Returns the header that keeps this choice for a year. */
    public String cookie() {
        return COOKIE + "=" + tag + "; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly";
    }

    /**
     * Chooses one.
     *
     * @param said of the URL; empty for none
     * @param cookies the header; empty for none
     * @param accepted the header {@code Accept-Language}; empty for none
     */
    public static Language of(String said, String cookies, String accepted) {
        for (Language language : values()) {
            if (language.tag.equals(said)) {
                return language;
            }
        }
        for (Language language : values()) {
            if (List.of(cookies.split("; ?", -1)).contains(COOKIE + "=" + language.tag)) {
                return language;
            }
        }
        return byHeader(accepted);
    }

    private static Language byHeader(String accepted) {
        try {
            for (Locale.LanguageRange range : Locale.LanguageRange.parse(accepted)) {
                String wanted = range.getRange();
                if (wanted.equals("zh") || wanted.startsWith("zh-")) {
                    return CHINESE;
                }
                if (wanted.equals("en") || wanted.startsWith("en-")) {
                    return ENGLISH;
                }
            }
        } catch (IllegalArgumentException malformed) {
            return ENGLISH;
        }
        return ENGLISH;
    }
}
