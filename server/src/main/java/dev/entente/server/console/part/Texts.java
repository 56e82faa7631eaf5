package dev.entente.server.console.part;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The words of the pages in one language, from its message file. Immutable. */
public final class Texts {
    private static final Pattern PLACE = Pattern.compile("\\{(\\d)(?:\\|([^|}]*)\\|([^|}]*))?}");

    private final Language language;
    private final Map<String, String> words;

    private Texts(Language language, Map<String, String> words) {
        this.language = language;
        this.words = words;
    }

    /** Reads a language's message file. Blocks. */
    public static Texts of(Language language) {
        Properties read = new Properties();
        try (InputStream file = Texts.class.getResourceAsStream("/dev/entente/server/console/" + language.file())) {
            if (file == null) {
                throw new IllegalStateException("the jar has no " + language.file());
            }
            read.load(new InputStreamReader(file, StandardCharsets.UTF_8));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        Map<String, String> words = new HashMap<>();
        read.stringPropertyNames().forEach(key -> words.put(key, read.getProperty(key)));
        return new Texts(language, Map.copyOf(words));
    }

    /** Returns the language. */
    public Language language() {
        return language;
    }

    /**
     * Returns the text of that key; the key itself where there is none. {@code {0}} stands for the first value, and
     * {@code {0|event|events}} for the one word where that value is 1, else for the other.
     */
    public String of(String key, Object... values) {
        return PLACE.matcher(words.getOrDefault(key, key)).replaceAll(place -> {
            int value = place.group(1).charAt(0) - '0';
            if (value >= values.length) {
                return Matcher.quoteReplacement(place.group());
            }
            String given = String.valueOf(values[value]);
            String filled = place.group(2) == null ? given : place.group(given.equals("1") ? 2 : 3);
            return Matcher.quoteReplacement(filled);
        });
    }

    /** Returns the word for a constant of the API, such as {@code state.RUNNING}; its name where there is none. */
    public String word(String kind, Enum<?> constant) {
        return words.getOrDefault(kind + "." + constant.name(), constant.name());
    }

    /** Returns a length of time in its two largest units; below a minute with the digits that matter. */
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
            return of("span.ms2", seconds / 60, seconds % 60);
        }
        return span.toDays() < 1
                ? of("span.hm", span.toHours(), span.toMinutesPart())
                : of("span.dh", span.toDays(), span.toHoursPart());
    }

    /** Returns a number that was measured, with the digits that matter. */
    public static String decimals(double value) {
        String digits = String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
        return digits.replaceFirst("\\.0+$", "");
    }

    /** Returns how long ago that was, or how soon it will be. */
    public String ago(Duration since) {
        Duration rough = since.abs().toSeconds() < 1
                ? Duration.ZERO
                : Duration.ofSeconds(since.abs().toSeconds());
        if (rough.isZero()) {
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
