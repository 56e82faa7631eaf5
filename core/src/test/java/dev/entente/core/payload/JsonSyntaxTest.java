package dev.entente.core.payload;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reads and writes documents beside Gson, an implementation that shares no line with this one. */
class JsonSyntaxTest {
    private static final Pattern HALF_A_PAIR = Pattern.compile("\\p{Cs}");

    private static final List<String> PIECES = List.of(
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"a\"",
            "\"\"",
            "\"b\"",
            "\"\\u00e9\\n\\t\\\"\\\\\\/\\b\\f\\r\"",
            "1",
            "-0",
            "0.5",
            "1e9",
            "-12.50E+07",
            "01",
            "1.",
            ".5",
            "-",
            "+1",
            "1e",
            "NaN",
            "true",
            "false",
            "null",
            "True",
            "nul",
            " ",
            "\n",
            "\t",
            "\r",
            "\f",
            "\u00a0",
            "\ufeff",
            "\"\\ud83d\"",
            "\"\\ud83d\\ude00\"",
            "\"\\ude00\\ud83d\"",
            "\"\u2028\u2029\u007f\"",
            "\"\\u001f\\u0000\"",
            "\"\\uD83d\uFF11\"",
            "\"\\u00g0\"",
            "\"\\x\"",
            "\"\\'\"",
            "\"\u0001\"",
            "\"\\",
            "\"",
            "'a'",
            "a",
            "//x\n",
            "/**/",
            "#",
            ";",
            "=",
            "\u0000",
            "\uD83D\uDE00");

    private static @Nullable String byGson(String text) {
        JsonReader reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        reader.setNestingLimit(JsonSyntax.DEEPEST);
        try {
            JsonElement read = JsonParser.parseReader(reader);
            return reader.peek() == JsonToken.END_DOCUMENT ? escaped(read.toString()) : null;
        } catch (JsonParseException | IOException | IllegalStateException noJson) {
            return null;
        }
    }

    private static String escaped(String json) {
        return HALF_A_PAIR
                .matcher(json)
                .replaceAll(half -> "\\\\u%04x".formatted((int) half.group().charAt(0)));
    }

    private static @Nullable String byOurs(String text) {
        JsonValue read = JsonSyntax.read(text);
        return read == null ? null : read.toString();
    }

    private static void value(Random random, int depth, StringBuilder out) {
        int kind = random.nextInt(depth > 4 ? 3 : 5);
        if (kind < 3) {
            out.append(PIECES.get(6 + random.nextInt(9)));
            return;
        }
        boolean isObject = kind == 3;
        out.append(isObject ? "{" : "[");
        int size = random.nextInt(4);
        for (int i = 0; i < size; i++) {
            out.append(i == 0 ? "" : random.nextBoolean() ? "," : " , ");
            out.append(isObject ? PIECES.get(6 + random.nextInt(4)) + ": " : "");
            value(random, depth + 1, out);
        }
        out.append(isObject ? "}" : "]");
    }

    /** Returns the text with a piece put in, or a character taken out, at a random place. */
    private static String changed(Random random, String text) {
        int at = random.nextInt(text.length() + 1);
        if (random.nextBoolean() || at == text.length()) {
            return text.substring(0, at) + PIECES.get(random.nextInt(PIECES.size())) + text.substring(at);
        }
        return text.substring(0, at) + text.substring(at + 1);
    }

    @Test
    void random_documents_are_read_and_written_as_another_implementation_does() {
        int sound = 0;
        int unsound = 0;
        for (int seed = 0; seed < 40_000; seed++) {
            Random random = new Random(seed);
            StringBuilder drawn = new StringBuilder();
            value(random, 0, drawn);
            String text = drawn.toString();
            for (int changes = random.nextInt(4); changes > 0; changes--) {
                text = changed(random, text);
            }
            String expected = byGson(text);
            assertThat(byOurs(text)).as("seed %d: %s", seed, text).isEqualTo(expected);
            sound += expected == null ? 0 : 1;
            unsound += expected == null ? 1 : 0;
        }
        assertThat(sound).isGreaterThan(10_000);
        assertThat(unsound).isGreaterThan(10_000);
    }

    @Test
    void random_pieces_are_judged_as_by_another_implementation() {
        for (int seed = 0; seed < 40_000; seed++) {
            Random random = new Random(seed);
            StringBuilder text = new StringBuilder();
            for (int pieces = random.nextInt(6); pieces > 0; pieces--) {
                text.append(PIECES.get(random.nextInt(PIECES.size())));
            }
            assertThat(byOurs(text.toString())).as("seed %d: %s", seed, text).isEqualTo(byGson(text.toString()));
        }
    }

    @Test
    void a_document_may_have_255_levels() {
        for (String open : List.of("[", "{\"a\":", "[{\"a\":")) {
            int each = open.startsWith("[{") ? 2 : 1;
            for (int times : new int[] {1, 254 / each, 255 / each, 256 / each, 258 / each}) {
                String close = new StringBuilder(open.replaceAll("\"a\":", ""))
                        .reverse()
                        .toString()
                        .replace('[', ']')
                        .replace('{', '}');
                String text = open.repeat(times) + "1" + close.repeat(times);
                assertThat(byOurs(text)).as("%d times %s", times, open).isEqualTo(byGson(text));
                assertThat(byOurs(text) != null).isEqualTo(times * each <= 255);
            }
        }
    }

    @Test
    void a_number_may_have_1023_characters() {
        for (int length : new int[] {19, 20, 1022, 1023, 1024, 1025, 5000}) {
            for (String text : List.of("1".repeat(length), "[ " + "1".repeat(length) + "]")) {
                assertThat(byOurs(text)).as("%d", length).isEqualTo(byGson(text));
                assertThat(byOurs(text) != null).isEqualTo(length <= 1023);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"a\":1,\"b\":2,\"a\":3}|{\"a\":3,\"b\":2}",
                "[1.50, -0 ,2E+07]|[1.50,-0,2E+07]",
                "{ }|{}",
                "[ ]|[]",
                "\"\\u0041\\/\"|\"A/\"",
                "` \n`|null"
            })
    void a_document_is_written_without_spaces(String text, String expected) {
        assertThat(Objects.requireNonNull(JsonSyntax.read(text))).hasToString(expected);
        assertThat(byGson(text)).isEqualTo(expected);
    }
}
