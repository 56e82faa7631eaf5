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

/** The texts of one language, by key. Immutable. */
public final class TextCatalog {
    /** The texts of the API. */
    public static final TextCatalog ENGLISH = read("messages.properties");

    private static final Pattern PLACE = Pattern.compile("\\{(\\d)(?:\\|([^|}]*)\\|([^|}]*))?}");

    private final Map<String, String> texts;
    private final boolean isInWords;

    private TextCatalog(Map<String, String> texts, boolean isInWords) {
        this.texts = texts;
        this.isInWords = isInWords;
    }

    /** Reads a message file by its name. Blocks. */
    public static TextCatalog read(String name) {
        Properties read = new Properties();
        try (InputStream file = TextCatalog.class.getResourceAsStream("/dev/entente/server/console/" + name)) {
            if (file == null) {
                throw new IllegalStateException("the jar does not contain " + name);
            }
            read.load(new InputStreamReader(file, StandardCharsets.UTF_8));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        Map<String, String> texts = new HashMap<>();
        read.stringPropertyNames().forEach(key -> texts.put(key, read.getProperty(key)));
        return new TextCatalog(Map.copyOf(texts), false);
    }

    /**
     * Returns the text of a key; the key itself if it has none. {@code {0}} is replaced by the first value, and {@code
     * {0|event|events}} by the first alternative if that value is 1, else by the second.
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

    /** Returns the text of a key; a default if there is none. */
    public String or(String key, String otherwise) {
        return texts.getOrDefault(key, otherwise);
    }

    /** Returns the same texts, with translated names for constants of the API. */
    public TextCatalog inWords() {
        return new TextCatalog(texts, true);
    }

    /** Returns the name of an API constant in a sentence: as on the command line, or translated. */
    String named(String kind, String constant) {
        String word = or(kind + "." + constant, constant);
        return isInWords ? word : of("named", constant, word);
    }
}
