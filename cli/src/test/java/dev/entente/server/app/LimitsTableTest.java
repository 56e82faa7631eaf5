package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.WrittenPage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Verifies {@code docs/limits.md} against the settings and the constants in the sources. */
class LimitsTableTest {
    private static final Path ROOT = Path.of("..");
    private static final List<String> MODULES = List.of(
            "core",
            "server",
            "cli",
            "proto",
            "client-sdk",
            "integrations/outbox",
            "integrations/patterns",
            "integrations/testkit",
            "integrations/kafka",
            "integrations/rocketmq");

    private static final Pattern SETTING = Pattern.compile("(?m)^(\\| `([a-z]+\\.?[a-zA-Z]*)` \\| )`[^`]*`( \\|.*)$");
    private static final Pattern FIXED =
            Pattern.compile("(?m)^(\\| [^`|]*? \\| )(\\d+)( ([A-Za-z%]+))?( \\|[^|]*\\| `(\\w+)\\.(\\w+)` \\|)$");
    private static final Pattern NUMBER = Pattern.compile("([\\d_]+)L?(?: << (\\d+))?");
    private static final Pattern DURATION = Pattern.compile("Duration\\.of(\\w+)\\(([\\d_]+)\\)");

    private static final Map<String, Long> UNITS = Map.of(
            "KiB", 1L << 10,
            "MiB", 1L << 20,
            "ms", 1L,
            "s", 1000L,
            "min", 60_000L,
            "h", 3_600_000L,
            "days", 86_400_000L);

    @Test
    void every_limit_in_the_document_matches_the_code() throws IOException {
        WrittenPage.hold("limits.md", page -> {
            assertThat(FIXED.matcher(page).results()).hasSizeGreaterThan(100);
            String settings = SETTING.matcher(page).replaceAll(LimitsTableTest::setting);
            return FIXED.matcher(settings).replaceAll(LimitsTableTest::fixed);
        });
    }

    private static String setting(MatchResult row) {
        Setting<?> setting = Setting.all().stream()
                .filter(each -> each.key().equals(row.group(2)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no setting is called " + row.group(2)));
        return Matcher.quoteReplacement(row.group(1) + "`" + setting.standard() + "`" + row.group(3));
    }

    private static String fixed(MatchResult row) {
        List<Long> found = values(row.group(6) + ".java", row.group(7));
        long unit = row.group(4) == null ? 1 : UNITS.getOrDefault(row.group(4), 1L);
        long shown = Long.parseLong(row.group(2)) * unit;
        // Classes in two modules may have equal names; the row names one of the classes.
        long value = found.contains(shown) ? shown : found.getFirst();
        assertThat(value % unit).as("%s in %s", row.group(), row.group(4)).isZero();
        return Matcher.quoteReplacement(
                row.group(1) + value / unit + (row.group(3) == null ? "" : row.group(3)) + row.group(5));
    }

    /** Returns the constants with this name in files with this name, in bytes, milliseconds, percent or as numbers. */
    private static List<Long> values(String file, String name) {
        Pattern declared = Pattern.compile(" " + name + "\\s*=\\s*([^;]+);");
        List<Long> found = MODULES.stream()
                .flatMap(module -> texts(ROOT.resolve(module).resolve("src/main/java"), file))
                .map(declared::matcher)
                .filter(Matcher::find)
                .map(declaration -> value(declaration.group(1), name))
                .toList();
        assertThat(found).as("constants called %s in %s", name, file).isNotEmpty();
        return found;
    }

    private static long value(String source, String name) {
        Matcher duration = DURATION.matcher(source);
        if (duration.matches()) {
            ChronoUnit unit = ChronoUnit.valueOf(duration.group(1).toUpperCase(Locale.ROOT));
            return Duration.of(number(duration.group(2)), unit).toMillis();
        }
        if (source.startsWith("0.")) {
            return Math.round(Double.parseDouble(source) * 100);
        }
        Matcher number = NUMBER.matcher(source);
        assertThat(number.matches()).as(name + " = " + source).isTrue();
        long value = number(number.group(1)) << (number.group(2) == null ? 0 : Integer.parseInt(number.group(2)));
        return name.endsWith("SECONDS") ? value * 1000 : value;
    }

    private static long number(String digits) {
        return Long.parseLong(digits.replace("_", ""));
    }

    private static Stream<String> texts(Path folder, String file) {
        try (Stream<Path> files = Files.walk(folder)) {
            List<String> texts = new ArrayList<>();
            for (Path path : files.filter(path -> path.endsWith(file)).toList()) {
                texts.add(Files.readString(path));
            }
            return texts.stream();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
