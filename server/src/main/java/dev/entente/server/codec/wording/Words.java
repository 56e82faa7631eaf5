package dev.entente.server.codec.wording;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The texts of one language, by their keys. Immutable. */
public final class Words {
    /** The words of the API. */
    public static final Words ENGLISH = read("messages.properties");

    private static final Pattern PLACE = Pattern.compile("\\{(\\d)(?:\\|([^|}]*)\\|([^|}]*))?}");

    private final Map<String, String> texts;
    private final boolean isInWords;

    private Words(Map<String, String> texts, boolean isInWords) {
        this.texts = texts;
        this.isInWords = isInWords;
    }

    /** Reads a message file of that name. Blocks. */
    public static Words read(String name) {
        Properties read = new Properties();
        try (InputStream file = Words.class.getResourceAsStream("/dev/entente/server/console/" + name)) {
            if (file == null) {
                throw new IllegalStateException("the jar has no " + name);
            }
            read.load(new InputStreamReader(file, StandardCharsets.UTF_8));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        Map<String, String> texts = new HashMap<>();
        read.stringPropertyNames().forEach(key -> texts.put(key, read.getProperty(key)));
        return new Words(Map.copyOf(texts), false);
    }

    /**
     * Returns the text of that key; the key itself where there is none. {@code {0}} stands for the first value, and
     * {@code {0|event|events}} for the one word where that value is 1, else for the other.
     */
    public String of(String key, Object... values) {
        return PLACE.matcher(or(key, key)).replaceAll(place -> {
            int value = place.group(1).charAt(0) - '0';
            if (value >= values.length) {
                return Matcher.quoteReplacement(place.group());
            }
            String given = String.valueOf(values[value]);
            String filled = place.group(2) == null ? given : place.group(given.equals("1") ? 2 : 3);
            return Matcher.quoteReplacement(filled);
        });
    }

    /** Returns the text of that key; another where there is none. */
    public String or(String key, String otherwise) {
        return texts.getOrDefault(key, otherwise);
    }

    /** Returns the same, whose sentences name constants of the API by their words. */
    public Words inWords() {
        return new Words(texts, true);
    }

    /** Returns how a sentence names a constant of the API: as the command line does, or by its word. */
    String named(String kind, String constant) {
        String word = or(kind + "." + constant, constant);
        return isInWords ? word : of("named", constant, word);
    }
}
