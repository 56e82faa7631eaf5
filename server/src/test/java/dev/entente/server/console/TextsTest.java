package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.ParkReason;
import dev.entente.server.console.part.DisplayedTime;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.Parked;
import dev.entente.v1.Transaction;
import dev.entente.v1.Waiting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The message files, and their uses in templates and pages. */
class TextsTest {
    private static final Pattern NAMED =
            Pattern.compile("(?:\\bt|texts\\.of|words\\.of|frame\\.t)\\(\\s*\"([a-z0-9.-]+[a-z0-9])\"");
    private static final Pattern CHOSEN = Pattern.compile("\\? \"([a-z-]+\\.[a-z.-]+)\" : \"([a-z-]+\\.[a-z.-]+)\"\\)");
    /** Han characters without a space between them and Latin letters or digits, or before Latin punctuation. */
    static final Pattern TOUCHING = Pattern.compile("\\p{IsHan}[A-Za-z0-9,:;]|[A-Za-z0-9]\\p{IsHan}");
    /** Texts around a time in words, which begins with a digit and ends with a Han character. */
    private static final Set<String> AROUND_TIMES = Set.of("time.ago", "time.in", "part.late");

    private static final Pattern PLACE = Pattern.compile("\\{\\d}");

    private static Properties file(Language language) throws IOException {
        Properties read = new Properties();
        Path file = Path.of("src/main/resources/dev/entente/server/console", language.file());
        try (var reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            read.load(reader);
        }
        return read;
    }

    @Test
    void each_language_has_every_text_with_the_same_placeholders() throws IOException {
        Properties english = file(Language.ENGLISH);
        Properties chinese = file(Language.CHINESE);
        Set<String> keys = new TreeSet<>(english.stringPropertyNames());
        keys.addAll(ownTexts());
        assertThat(chinese.stringPropertyNames()).isEqualTo(keys);
        assertThat(english.stringPropertyNames())
                .filteredOn(key -> !key.equals("named")) // one of its two values
                .allSatisfy(key -> assertThat(places(chinese.getProperty(key)))
                        .as(key)
                        .isEqualTo(places(english.getProperty(key))));
        assertThat(english.stringPropertyNames()).doesNotContainAnyElementsOf(ownTexts());
    }

    /** Returns the keys of texts with their English elsewhere: advice in the core, errors in the API's responses. */
    private static Set<String> ownTexts() {
        Set<String> keys = new TreeSet<>(List.of("advice.LOOK_FIRST", "advice.or-abort"));
        Stream.of(ParkReason.values()).forEach(reason -> keys.add("advice." + reason));
        Stream.of(ErrorCode.values())
                .filter(code -> code.category() != ErrorCode.Category.SDK)
                .filter(code -> code.category() != ErrorCode.Category.STARTUP)
                .forEach(code -> keys.add("error." + code.id()));
        return keys;
    }

    private static Set<String> places(String text) {
        return new TreeSet<>(
                PLACE.matcher(text).results().map(one -> one.group()).toList());
    }

    /** Verifies the messages only; {@link ChinesePagesTest} verifies the complete sentences of waits. */
    @Test
    void chinese_texts_have_a_space_beside_latin_letters_and_digits() throws IOException {
        Properties chinese = file(Language.CHINESE);
        assertThat(chinese.stringPropertyNames()).allSatisfy(key -> {
            String put = AROUND_TIMES.contains(key) ? "8 \u79d2" : key.startsWith("wait.") ? "\uff08x8\uff09" : "x8";
            assertThat(PLACE.matcher(chinese.getProperty(key)).replaceAll(put))
                    .as(key)
                    .doesNotContainPattern(TOUCHING);
        });
    }

    @Test
    void every_text_and_every_class_of_the_style_sheet_is_used() throws IOException {
        Path resources = Path.of("src/main/resources/dev/entente/server/console");
        String sources = Files.readString(resources.resolve("live.js"));
        for (String folder : List.of("jte", "java/dev/entente/server/console", "java/dev/entente/server/codec")) {
            sources += sources(Path.of("src/main", folder));
        }
        String all = sources;
        assertThat(file(Language.ENGLISH).stringPropertyNames())
                .filteredOn(key -> !all.contains('"' + key + '"'))
                .allMatch(key -> Pattern.compile("\\.")
                        .matcher(key)
                        .results()
                        .map(dot -> key.substring(0, dot.start()))
                        .anyMatch(start -> all.contains('"' + start + ".\"") || all.contains('"' + start + '"')));
        String style = Files.readString(resources.resolve("console.css")).replaceAll("(?s)/\\*.*?\\*/|\\{[^{}]*}", " ");
        assertThat(Pattern.compile("\\.([a-z-]+)").matcher(style).results().map(one -> one.group(1)))
                .hasSizeGreaterThan(100)
                .allMatch(name -> Pattern.compile(
                                "(?<![\\w-])(?:%s(?![\\w-])|%s-(?!\\w))".formatted(name, name.replaceFirst("-.*", "")))
                        .matcher(all)
                        .find());
    }

    private static String sources(Path folder) throws IOException {
        StringBuilder sources = new StringBuilder();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sources.append(Files.readString(file));
            }
        }
        return sources.toString();
    }

    @Test
    void templates_and_pages_use_only_existing_texts() throws IOException {
        Set<String> keys = file(Language.ENGLISH).stringPropertyNames();
        Set<String> named = new TreeSet<>();
        Path java = Path.of("src/main/java/dev/entente/server");
        for (Path folder : List.of(Path.of("src/main/jte"), java.resolve("console"), java.resolve("codec/wording"))) {
            String source = sources(folder);
            NAMED.matcher(source).results().forEach(one -> named.add(one.group(1)));
            CHOSEN.matcher(source).results().forEach(one -> named.addAll(List.of(one.group(1), one.group(2))));
        }
        assertThat(named).hasSizeGreaterThan(100);
        assertThat(keys).containsAll(named);
    }

    @Test
    void every_shown_constant_has_a_text() throws IOException {
        Set<String> keys = file(Language.ENGLISH).stringPropertyNames();
        Map<String, Enum<?>[]> shown = Map.of(
                "state", Transaction.State.values(),
                "abort", Transaction.AbortReason.values(),
                "pattern", dev.entente.v1.Pattern.values(),
                "branch", BranchStatus.State.values(),
                "outcome", Call.Outcome.values(),
                "reason", Parked.Reason.values(),
                "waits", Waiting.Kind.values(),
                "wait", Waiting.Kind.values());
        shown.forEach((kind, constants) -> assertThat(Stream.of(constants)
                        .filter(TransactionQuery::isNamed)
                        .map(constant -> kind + "." + constant.name()))
                .as(kind)
                .isNotEmpty()
                .allMatch(keys::contains));
        TransactionQuery.CHOICES.forEach((field, values) ->
                assertThat(values).allSatisfy(value -> assertThat(keys).contains(field + "." + value)));
    }

    @Test
    void the_browsers_language_applies_until_the_user_chooses_a_language() {
        assertThat(Language.of("", "", "")).isEqualTo(Language.ENGLISH);
        assertThat(Language.of("", "", "zh-Hans-CN,en;q=0.5")).isEqualTo(Language.CHINESE);
        assertThat(Language.of("", "", "fr, en;q=0.8, zh;q=0.7")).isEqualTo(Language.ENGLISH);
        assertThat(Language.of("", "", "\u00e9;;q=x")).isEqualTo(Language.ENGLISH);
        assertThat(Language.of("", "zh-CN", "en")).isEqualTo(Language.CHINESE);
        assertThat(Language.of("en", "zh-CN", "zh")).isEqualTo(Language.ENGLISH);
        assertThat(Language.of("../x", "tlh", "zh")).isEqualTo(Language.CHINESE);
    }

    @Test
    void times_are_shown_exactly_and_relative_to_now() {
        Texts texts = Texts.of(Language.ENGLISH);
        Instant now = Instant.parse("2026-11-27T00:00:00Z");
        DisplayedTime past = DisplayedTime.of(now.minus(Duration.ofMinutes(150)).plusNanos(1_234_567), now, texts);
        assertThat(past.exact()).isEqualTo("2026-11-26 21:30:00.001 UTC");
        assertThat(past.clock()).isEqualTo("21:30:00 UTC");
        assertThat(past.iso()).isEqualTo("2026-11-26T21:30:00.001234567Z");
        assertThat(past.relative()).isEqualTo("2 h ago");
        assertThat(DisplayedTime.of(now.plusSeconds(90), now, texts).relative()).isEqualTo("in 1 min");
        assertThat(texts.span(Duration.ofMillis(12))).isEqualTo("12 ms");
        assertThat(texts.span(Duration.ofSeconds(75))).isEqualTo("1 min 15 s");
        assertThat(texts.span(Duration.ofSeconds(300))).isEqualTo("5 min");
        assertThat(texts.span(Duration.ofDays(100).plusHours(3))).isEqualTo("100 d 3 h");
    }

    @Test
    void a_time_is_parsed_in_every_form_that_pages_and_logs_have() {
        Instant time = Instant.parse("2026-11-26T21:30:00.001Z");
        assertThat(Stream.of(
                        "2026-11-26 21:30:00.001 UTC",
                        "2026-11-26T21:30:00.001Z",
                        "2026-11-26T21:30:00.001",
                        "2026-11-26T22:30:00.001+01:00"))
                .allSatisfy(text -> assertThat(DisplayedTime.parsed(text)).contains(time));
        assertThat(DisplayedTime.parsed("2026-11-26 21:30")).contains(Instant.parse("2026-11-26T21:30:00Z"));
        assertThat(Stream.of("", "2026-11-26", "21:30", "2026-11-31 21:30", "2026-11-26 21:30 CET"))
                .allSatisfy(text -> assertThat(DisplayedTime.parsed(text)).isEmpty());
    }

    @Test
    void texts_distinguish_singular_and_plural() {
        Texts texts = Texts.of(Language.ENGLISH);
        assertThat(texts.of("timeline.words", 1, "5 s")).startsWith("1 event within 5 s");
        assertThat(texts.of("timeline.words", 21, "$0 {0}")).startsWith("21 events within $0 {0},");
        assertThat(texts.of("plan.words", "1")).startsWith("1 branch.");
        assertThat(Texts.of(Language.CHINESE).of("attention.gone", "a", 1)).contains("a");
        assertThat(texts.of("list.newer")).startsWith("{0} new");
    }

    @Test
    void an_odd_query_is_parsed_and_written_without_loss() {
        Query query = Query.of("a=%E4%B8%AD&b=x%26y%3D1&a=2&c=%ZZ&=d&e&f=++");
        assertThat(query.values()).isEqualTo(Map.of("a", "\u4e2d", "b", "x&y=1", "c", "%ZZ"));
        assertThat(Query.of(query.link("p").substring(2))).isEqualTo(query);
        assertThat(Query.misfits("&a=1&b=%2&&%61=&c&d=2&=&e=%FF", Set.of("a", "b", "c", "e")))
                .containsExactly("b", "a", "d", "", "e");
    }
}
