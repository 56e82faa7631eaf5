package dev.entente.lab.mutation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** How a report of PIT is judged. */
final class PitCommandTest {
    private static final String KILLED = mutation(true, "Backoff", "delay", 31);
    private static final String SURVIVOR = mutation(false, "Waits$Turn", "waitFor", 47);

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private static String mutation(boolean isKilled, String type, String method, int line) {
        return ("<mutation detected='%s' status='any'><sourceFile>X.java</sourceFile>"
                        + "<mutatedClass>dev.entente.server.decision.%s</mutatedClass><mutatedMethod>%s</mutatedMethod>"
                        + "<lineNumber>%d</lineNumber>"
                        + "<mutator>org.pitest.mutationtest.engine.gregor.mutators.MathMutator</mutator>"
                        + "<description>changed a sum</description></mutation>")
                .formatted(isKilled, type, method, line);
    }

    private int judge(List<String> mutations, String... listed) throws IOException {
        Path report = folder.resolve("mutations.xml");
        Path list = folder.resolve("list.md");
        Files.writeString(report, "<mutations>" + String.join("", mutations) + "</mutations>");
        Files.write(list, List.of(listed));
        return new CommandLine(new PitCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute("--json", "--report", report.toString(), "--list", list.toString());
    }

    @Test
    void a_survivor_that_nobody_explains_is_told_and_fails() throws IOException {
        List<String> mutations = Collections.nCopies(9, KILLED);

        assertThat(judge(List.of(String.join("", mutations), SURVIVOR))).isOne();
        assertThat(out.toString())
                .contains("\"mutants\":10", "\"killed\":9", "\"killed_percent\":90.0", "\"unexplained\":1");
        assertThat(err.toString()).contains("not explained: Waits.Turn.waitFor Math, line 47: changed a sum");
    }

    @Test
    void a_survivor_that_is_listed_with_its_reason_is_explained_once() throws IOException {
        List<String> mutations = Collections.nCopies(18, KILLED);
        String why = "| `Waits.Turn.waitFor` | Math | 1 | it makes no difference |";

        assertThat(judge(List.of(String.join("", mutations), SURVIVOR), why)).isZero();
        assertThat(judge(List.of(String.join("", mutations), SURVIVOR, SURVIVOR), why))
                .isOne();
        assertThat(judge(List.of(String.join("", mutations), SURVIVOR), "| `Waits.Turn.waitFor` | Math | 1 | |"))
                .isOne();
    }

    @Test
    void fewer_than_85_in_a_hundred_are_too_few_however_well_the_rest_is_explained() throws IOException {
        String why = "| `Waits.Turn.waitFor` | Math | 16 | it makes no difference |";

        assertThat(judge(List.of(KILLED.repeat(85), SURVIVOR.repeat(15)), why)).isZero();
        assertThat(err.toString()).contains("listed in vain: Waits.Turn.waitFor Math: 1 fewer survive");
        assertThat(judge(List.of(KILLED.repeat(84), SURVIVOR.repeat(16)), why)).isOne();
    }

    @Test
    void what_is_no_report_is_refused() throws IOException {
        assertThat(judge(List.of("<mutation>"))).isNotZero();
        assertThat(err.toString()).contains("is no report of PIT");
    }
}
