package dev.entente.server.console.part;

import dev.entente.server.codec.wording.TextCatalog;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The texts of the pages in one language, from its message file. Immutable.
 *
 * @param words the templates of the texts, by key
 */
public record Texts(Language language, TextCatalog words) {
    /** The beginning of an API error message. */
    private static final Pattern CODED = Pattern.compile("(ENT-\\d{3}): ");

    /** Reads a language's message file. Blocks. */
    public static Texts of(Language language) {
        return new Texts(language, TextCatalog.read(language.file()));
    }

    /** Returns the text of a key, filled as {@link TextCatalog#of} does. */
    public String of(String key, Object... values) {
        return words.of(key, values);
    }

    /**
     * Returns the meaning of an error's code, and the remedy. Empty if the error has no code, or if its own text in
     * this language contains both.
     */
    public String meaning(String error) {
        Matcher coded = CODED.matcher(error);
        return coded.lookingAt() ? words.or("error." + coded.group(1), "") : "";
    }

    /** Returns the text for an API constant such as {@code state.RUNNING}; the constant's name if there is no text. */
    public String word(String kind, Enum<?> constant) {
        return words.or(kind + "." + constant.name(), constant.name());
    }

    /** Returns a duration in at most two units, without a unit of zero; below a minute, with significant decimals. */
    public String span(Duration length) {
        Duration span = length.isNegative() ? Duration.ZERO : length;
        long seconds = span.toSeconds();
        if (seconds < 1) {
            return of("span.ms", decimals(span.toNanos() / 1e6));
        }
        if (seconds < 60) {
            return of("span.s", decimals(span.toMillis() / 1e3));
        }
        if (seconds < 3600) {
            return two("span.m", "span.ms2", seconds / 60, seconds % 60);
        }
        return span.toDays() < 1
                ? two("span.h", "span.hm", span.toHours(), span.toMinutesPart())
                : two("span.d", "span.dh", span.toDays(), span.toHoursPart());
    }

    private String two(String alone, String both, long large, long small) {
        return small == 0 ? of(alone, large) : of(both, large, small);
    }

    /** Returns a measured number, with two decimals below 10, one below 100, and none above. */
    public static String decimals(double value) {
        String digits = String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
        return digits.replaceFirst("\\.0+$", "");
    }

    /** Returns a distance in time in words: in the past, or in the future if negative. */
    public String ago(Duration since) {
        Duration rough = since.abs();
        if (rough.toSeconds() == 0) {
            return of("time.now");
        }
        String span = rough.toSeconds() < 60
                ? of("span.s", rough.toSeconds())
                : rough.toSeconds() < 3600
                        ? of("span.m", rough.toMinutes())
                        : rough.toDays() < 1 ? of("span.h", rough.toHours()) : of("span.d", rough.toDays());
        return of(since.isNegative() ? "time.in" : "time.ago", span);
    }
}
