package dev.entente.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Pattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds the state diagrams that users read against what the decider does. */
class DrawingTest {
    private static final int WALKS = 9_000;
    private static final java.util.regex.Pattern DIAGRAM =
            java.util.regex.Pattern.compile("```mermaid\\s+stateDiagram-v2(.*?)```", java.util.regex.Pattern.DOTALL);
    private static final java.util.regex.Pattern ARROW =
            java.util.regex.Pattern.compile("^\\s*([A-Z_]+) --> ([A-Z_]+)", java.util.regex.Pattern.MULTILINE);

    @ParameterizedTest
    @CsvSource({
        "SAGA, saga.md",
        "SAGA, approval.md",
        "TCC, tcc.md",
        "TWO_PHASE, two-phase.md",
        "MESSAGE, message.md",
        "NOTIFICATION, notification.md"
    })
    void the_diagrams_show_every_transition_that_happens_and_no_other(Pattern pattern, String page) throws IOException {
        boolean isAsking = page.equals("approval.md");
        Set<String> transactions = new TreeSet<>();
        Set<String> branches = new TreeSet<>();
        for (long seed = 1; seed <= WALKS; seed++) {
            Play play = Walk.of(seed);
            if (play.transaction().plan().pattern() == pattern) {
                transactions.addAll(play.laws().seen().transitions());
                branches.addAll(
                        isAsking
                                ? play.laws().seen().approvalTransitions()
                                : play.laws().seen().branchTransitions());
            }
        }

        List<Set<String>> drawn = diagrams(page);

        assertThat(drawn.getFirst()).as("transactions in " + page).isEqualTo(transactions);
        assertThat(drawn.getLast()).as("branches in " + page).isEqualTo(branches);
    }

    @Test
    void the_diagram_of_a_pre_commit_shows_every_transition_that_happens_and_no_other() throws IOException {
        Set<String> seen = new TreeSet<>();
        for (long seed = 1; seed <= WALKS; seed++) {
            seen.addAll(Walk.of(seed).laws().seen().preCommitTransitions());
        }

        assertThat(diagrams("two-phase.md").get(1)).isEqualTo(seen);
    }

    @Test
    void each_page_has_one_diagram_of_transactions_and_one_of_branches() throws IOException {
        assertThat(diagrams("saga.md")).hasSize(2);
        assertThat(diagrams("approval.md")).hasSize(2);
        assertThat(diagrams("tcc.md")).hasSize(2);
        assertThat(diagrams("two-phase.md")).hasSize(3);
        assertThat(diagrams("message.md")).hasSize(2);
        assertThat(diagrams("notification.md")).hasSize(2);
    }

    private static List<Set<String>> diagrams(String page) throws IOException {
        String text = Files.readString(Path.of("..", "docs", "patterns", page));
        List<Set<String>> diagrams = new ArrayList<>();
        Matcher diagram = DIAGRAM.matcher(text);
        while (diagram.find()) {
            Set<String> arrows = new TreeSet<>();
            Matcher arrow = ARROW.matcher(diagram.group(1));
            while (arrow.find()) {
                arrows.add(arrow.group(1) + " --> " + arrow.group(2));
            }
            diagrams.add(arrows);
        }
        return diagrams;
    }
}
