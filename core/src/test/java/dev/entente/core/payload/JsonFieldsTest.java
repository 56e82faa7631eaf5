package dev.entente.core.payload;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.payload.JsonFields.Bound;
import dev.entente.core.transaction.JsonPointer;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFieldsTest {
    /** Texts that lenient readers accept as a value. */
    private static final List<String> INVALID_JSON = Stream.concat(
                    Stream.of(
                            "{\"a\" 1}", "[1 2]", "\"\\\n\"", "\"\u0000\"", "\"\n\"", "\"\t\"", "\"\u001f\"", "//x\n1"),
                    Stream.of("""
                        { {] {a:1} {'a':1} {"a"} {"a"=1} {"a"=>1} {"a":} {"a":1,} {"a":1;"b":2} {,} {1:1} {null:1}
                        [ [1,] [,1] [1,,2] [1;2] 01 -01 1. .5 - --1 +1 1e 1e+ 0x1 1_0 1f NaN -NaN Infinity -Infinity
                        True TRUE nul nulL truefalse undefined a 'a' " "\\ "\\" "\\x" "\\'" "\\u00g0" "\\u00" "\\U0041" : ;
                        /**/1 #x1 \f1 \u00a01 \u00001
                        """.split("[ \n]+")))
            .toList();

    private static List<String> tokens(@Nullable String pointer) {
        return pointer == null || pointer.isEmpty()
                ? List.of()
                : RequestBodies.tokens(java.util.Objects.requireNonNull(JsonPointer.parse(pointer)));
    }

    private static String copied(String request, String response, @Nullable String from, @Nullable String to) {
        Bound bound = new Bound(ByteString.copyFromUtf8(response), tokens(from), tokens(to));
        return JsonFields.copy(ByteString.copyFromUtf8(request), List.of(bound)).toStringUtf8();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // request | response | from | to | expected
                "{}|{\"id\":7}|/id|/payment|{\"payment\":7}",
                "{\"a\":1}|{\"id\":\"x\"}|/id|/b/c|{\"a\":1,\"b\":{\"c\":\"x\"}}",
                "{\"b\":{\"d\":2}}|{\"id\":true}|/id|/b/c|{\"b\":{\"d\":2,\"c\":true}}",
                "{\"b\":5}|{\"id\":true}|/id|/b/c|{\"b\":5}",
                "{\"l\":[1,2]}|{\"i\":[{\"n\":9}]}|/i/0/n|/l/1|{\"l\":[1,9]}",
                "{\"l\":[1]}|{\"n\":9}|/n|/l/-|{\"l\":[1,9]}",
                "{\"l\":[1]}|{\"n\":9}|/n|/l/1|{\"l\":[1,9]}",
                "{\"l\":[1]}|{\"n\":9}|/n|/l/5|{\"l\":[1]}",
                "{\"a\":1}|{\"n\":12345678901234567890.10}|/n|/a|{\"a\":12345678901234567890.10}",
                "{\"a\":1}|{\"x/y\":{\"~\":3}}|/x~1y/~0|/a|{\"a\":3}",
                "{\"a\":1}|{\"n\":null}|/n|/a|{\"a\":1}",
                "{\"a\":1}|{\"n\":2}|/m|/a|{\"a\":1}",
                "{\"a\":1}|no json|/m|/a|{\"a\":1}",
                "{\"a\":1}|[1,2]|/01|/a|{\"a\":1}"
            })
    void a_fitting_value_is_copied_unchanged(String request, String response, String from, String to, String expected) {
        assertThat(copied(request, response, from, to)).isEqualTo(expected);
    }

    @Test
    void complete_documents_are_copied() {
        assertThat(copied("", "{\"id\":7}", null, null)).isEqualTo("{\"id\":7}");
        assertThat(copied("", "{\"id\":7}", null, "/payment")).isEqualTo("{\"payment\":{\"id\":7}}");
        assertThat(copied("{\"a\":1}", "{\"id\":[7]}", "/id", null)).isEqualTo("[7]");
    }

    @Test
    void a_request_without_a_copied_value_keeps_its_bytes() {
        assertThat(copied("{ \"a\" : 1 }", "{}", "/x", "/y")).isEqualTo("{ \"a\" : 1 }");
    }

    /** JSON can escape an unpaired surrogate, which UTF-8 cannot encode. */
    @Test
    void an_unpaired_surrogate_is_copied_unchanged() {
        assertThat(copied("{\"r\":\"\\udc00x\"}", "{\"n\":\"a\\ud83d\\ud83d\\ude00\"}", "/n", "/a"))
                .isEqualTo("{\"r\":\"\\udc00x\",\"a\":\"a\\ud83d\uD83D\uDE00\"}");
        assertThat(copied("{\"r\":\"\uD83D\uDE00\"}", "{\"n\":1}", "/n", "/a"))
                .isEqualTo("{\"r\":\"\uD83D\uDE00\",\"a\":1}");
    }

    @Test
    void invalid_json_is_not_a_document() {
        for (String text : INVALID_JSON) {
            for (String document : List.of(text, "[" + text + "]", "{\"a\":" + text + "}")) {
                assertThat(isDocument(document)).as(document).isFalse();
            }
        }
        for (String text : List.of("1 2", "{}{}", "[1]x", "\ufeff\ufeff1", " \ufeff1", ")]}'\n1")) {
            assertThat(isDocument(text)).as(text).isFalse();
        }
        assertThat(JsonFields.isDocument(ByteString.copyFrom(new byte[] {'"', (byte) 0xff, '"'})))
                .isFalse();
        assertThat(JsonFields.isDocument(ByteString.EMPTY)).isTrue();
    }

    private static boolean isDocument(String text) {
        return JsonFields.isDocument(ByteString.copyFromUtf8(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"a\":1,\"b\":2,\"a\":3}|{\"a\":3,\"b\":2}",
                "{\"b\":{},\"a\":[],\"\":{\"z\":1,\"y\":2}}|{\"b\":{},\"a\":[],\"\":{\"z\":1,\"y\":2}}",
                "[1.50, -0 ,2E+07,-0.0,1e400]|[1.50,-0,2E+07,-0.0,1e400]",
                "[9223372036854775807,-9223372036854775808,9223372036854775808]"
                        + "|[9223372036854775807,-9223372036854775808,9223372036854775808]",
                "[true,false,null]|[true,false,null]",
                "{ }|{}",
                "[ ]|[]",
                "\"\\u0041\\/\"|\"A/\"",
                "\"\\u00e9\\n\\t\\\"\\\\\\b\\f\\r\"|\"\u00e9\\n\\t\\\"\\\\\\b\\f\\r\"",
                "\"\\u001f\\u0000\u2028\\u2029\u007f\"|\"\\u001f\\u0000\\u2028\\u2029\u007f\"",
                "\"\\ud83d\\ude00<>&='\"|\"\ud83d\ude00<>&='\"",
                "\ufeff{\"a\":1}|{\"a\":1}"
            })
    void a_document_is_written_without_spaces(String text, String expected) {
        assertThat(copied("{}", "{\"n\":" + text.replace("\ufeff", "") + "}", "/n", null))
                .isEqualTo(expected);
        assertThat(copied("{}", text, null, null)).isEqualTo(expected);
    }

    /** Gson 2.14 parses these as numbers with a leading zero. Gson 2.15 does not, but refuses an unpaired surrogate. */
    @Test
    void an_integer_whose_first_digits_are_a_multiple_of_2_to_the_64_is_no_json() {
        assertThat(isDocument("18446744073709551616")).isTrue();
        assertThat(isDocument("18446744073709551616.0")).isTrue();
        assertThat(isDocument("184467440737095516160")).isFalse();
    }

    @Test
    void a_document_of_spaces_alone_counts_as_null() {
        for (String text : List.of(" ", " \r\n\t", "\ufeff", "null")) {
            assertThat(isDocument(text)).as(text).isTrue();
            assertThat(copied("{}", text, null, "/a")).isEqualTo("{}");
            assertThat(copied(text, "1", null, "/a")).isEqualTo("{\"a\":1}");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":"})
    void a_document_may_have_255_levels(String open) {
        String close = open.equals("[") ? "]" : "}";
        assertThat(isDocument(open.repeat(255) + "1" + close.repeat(255))).isTrue();
        assertThat(isDocument(open.repeat(256) + "1" + close.repeat(256))).isFalse();
        assertThat(isDocument(open.repeat(1_000_000))).isFalse();
    }

    /** At any position: a reader with a buffer of 1024 characters can also find the number at the end of the buffer. */
    @Test
    void a_number_may_have_1023_characters() {
        for (int spaces = 0; spaces < 1100; spaces++) {
            String before = "[" + " ".repeat(spaces);
            String longest = "-" + "7".repeat(1022);
            assertThat(copied("{}", before + longest + "]", "/0", null)).isEqualTo(longest);
            assertThat(isDocument(before + longest + "7]")).isFalse();
        }
        assertThat(isDocument("7".repeat(1023))).isTrue();
        assertThat(isDocument("7".repeat(1024))).isFalse();
        assertThat(isDocument("7".repeat(1_000_000))).isFalse();
    }

    @Test
    void a_parsed_pointer_is_printed_unchanged() {
        for (String text : List.of("/", "/a", "/a/0/-", "/x~1y/~0~1", "//")) {
            assertThat(JsonPointer.parse(text)).hasToString(text);
        }
        assertThat(JsonPointer.parse("/a~2")).isNull();
        assertThat(JsonPointer.parse("a")).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // request | to | the request with 9 in that place
                "{}|/l/-|{\"l\":[9]}",
                "{}|/l/0|{\"l\":[9]}",
                "{\"l\":null}|/l/-|{\"l\":[9]}",
                "{\"l\":null}|/l/0/a|{\"l\":[{\"a\":9}]}",
                "{\"l\":null}|/l/a|{\"l\":{\"a\":9}}",
                "{}|/l/-/-/a|{\"l\":[[{\"a\":9}]]}",
                "``|/-|[9]",
                "null|/0|[9]",
                "``|/a|{\"a\":9}",
                "{}|/l/00|{\"l\":{\"00\":9}}",
                "{\"l\":{}}|/l/-|{\"l\":{\"-\":9}}",
                "{\"l\":{}}|/l/7|{\"l\":{\"7\":9}}",
                "{}|/0/a|{\"0\":{\"a\":9}}",
                "{\"l\":[1,2]}|/l/2|{\"l\":[1,2,9]}",
                "{\"l\":[[1]]}|/l/0/1|{\"l\":[[1,9]]}",
                "{\"l\":[]}|/l/0|{\"l\":[9]}",
                "{\"l\":5}|/l|{\"l\":9}"
            })
    void absent_arrays_and_objects_are_created_for_a_copied_value(String request, String to, String expected) {
        assertThat(misfit(request, "9", to)).isNull();
        assertThat(copied(request, "9", null, to)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // request | to | the reason
                "{\"l\":5}|/l/-|'/l/-' does not fit: '/l' is a number, which has no fields",
                "{\"l\":\"x\"}|/l/0|'/l/0' does not fit: '/l' is a string, which has no fields",
                "{\"l\":false}|/l/a|'/l/a' does not fit: '/l' is a boolean, which has no fields",
                "7|/a|'/a' does not fit: the body is a number, which has no fields",
                "{\"l\":[1,2]}|/l/3|'/l/3' does not fit: '/l' is an array of 2 elements, with indexes 0 to 2 and -",
                "{\"l\":[1,2]}|/l/x|'/l/x' does not fit: '/l' is an array of 2 elements, with indexes 0 to 2 and -",
                "{\"l\":[1]}|/l/00|'/l/00' does not fit: '/l' is an array of 1 elements, with indexes 0 to 1 and -",
                "{\"l\":[[]]}|/l/0/1|'/l/0/1' does not fit: '/l/0' is an array of 0 elements, with indexes 0 to 0"
                        + " and -",
                "[]|/x/a|'/x/a' does not fit: the body is an array of 0 elements, with indexes 0 to 0 and -",
                "{}|/l/1|'/l/1' does not fit: '/l' is absent, and the first index of a new array is 0; write [] or {}"
                        + " into the body",
                "{\"l\":null}|/l/12345678901|'/l/12345678901' does not fit: '/l' is null, and the first index of a new"
                        + " array is 0; write [] or {} into the body",
            })
    void a_pointer_that_does_not_fit_is_refused_with_the_kind_of_value(String request, String to, String reason) {
        assertThat(JsonFields.misfit(ByteString.copyFromUtf8(request), List.of(), tokens(to)))
                .isEqualTo(reason);
        assertThat(misfit(request, "9", to)).isEqualTo(reason);
        assertThat(copied(request, "9", null, to)).as("nothing is copied").isEqualTo(request);
    }

    private static @Nullable String misfit(String request, String response, String to) {
        Bound bound = new Bound(ByteString.copyFromUtf8(response), List.of(), tokens(to));
        return JsonFields.misfit(ByteString.copyFromUtf8(request), List.of(bound));
    }

    @Test
    void a_pointer_may_refer_to_a_place_created_by_an_earlier_value() {
        ByteString request = ByteString.copyFromUtf8("{\"n\":1}");
        List<String> second = tokens("/l/1");
        assertThat(JsonFields.misfit(request, List.of(tokens("/l/0")), second)).isNull();
        assertThat(JsonFields.misfit(request, List.of(tokens("/n")), tokens("/n/a/b")))
                .as("of the earlier value nothing is known")
                .isNull();
        Bound one = new Bound(ByteString.copyFromUtf8("1"), List.of(), tokens("/l/0"));
        Bound none = new Bound(null, List.of(), tokens("/l/0"));
        Bound two = new Bound(ByteString.copyFromUtf8("2"), List.of(), second);
        assertThat(JsonFields.copy(request, List.of(one, two)).toStringUtf8()).isEqualTo("{\"n\":1,\"l\":[1,2]}");
        assertThat(JsonFields.misfit(request, List.of(one, two))).isNull();
        assertThat(JsonFields.misfit(request, List.of(none, two))).contains("'/l' is absent");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"a\":[7,8]}|/a/0|true",
                "{\"a\":[7,8]}|/a/1|true",
                "{\"a\":[7,8]}|/a/2|false",
                "{\"a\":[7,8]}|/a/-|false",
                "{\"a\":[7,8]}|/a/:|false",
                "{\"a\":[7,8]}|/a/0000000000|false",
                "{\"a\":null}|/a|false",
                "{\"a\":1}|/b|false",
                "no json|/a|false"
            })
    void a_value_is_present_only_at_an_existing_place(String response, String from, boolean expected) {
        assertThat(JsonFields.isPresent(ByteString.copyFromUtf8(response), tokens(from)))
                .isEqualTo(expected);
        assertThat(JsonFields.isPresent(null, tokens(from))).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"l\":[1,2]}|/l/0|{\"l\":[9,2]}",
                "{\"l\":[1,2]}|/l/2|{\"l\":[1,2,9]}",
                "{\"l\":[1,2]}|/l/x|{\"l\":[1,2]}",
                "{\"l\":[0,1,2,3,4,5,6,7,8,0]}|/l/9|{\"l\":[0,1,2,3,4,5,6,7,8,9]}"
            })
    void a_value_copied_into_an_array_replaces_or_appends_an_element(String request, String to, String expected) {
        assertThat(copied(request, "{\"n\":9}", "/n", to)).isEqualTo(expected);
    }
}
