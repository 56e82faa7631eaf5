package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.simulation.SeenTransitions.StateChange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares the documented state diagrams and tables with the transitions that the decider records in random runs. */
final class StateMachineDocsTest {
    private static final int WALKS = 9_000;
    private static final Path DOCS = Path.of("..", "..", "docs");
    private static final String MACHINE = "state-machine.md";
    private static final Path SOURCES =
            Path.of("..", "..", "core", "src", "main", "java", "dev", "entente", "core", "decision");

    private static final java.util.regex.Pattern DIAGRAM =
            java.util.regex.Pattern.compile("```mermaid\\s+stateDiagram-v2(.*?)```", java.util.regex.Pattern.DOTALL);
    private static final java.util.regex.Pattern ARROW = java.util.regex.Pattern.compile(
            "^\\s*([A-Z_]+ --> [A-Z_]+)( : [A-Z_]+$)?", java.util.regex.Pattern.MULTILINE);
    private static final java.util.regex.Pattern BEGINNING =
            java.util.regex.Pattern.compile("^\\s*\\[\\*] --> ([A-Z_]+)$", java.util.regex.Pattern.MULTILINE);
    private static final java.util.regex.Pattern METHOD =
            java.util.regex.Pattern.compile("`([A-Z][A-Za-z]+)\\.([a-z][A-Za-z]+)`");

    private static final Map<Pattern, SeenTransitions> SEEN = new EnumMap<>(Pattern.class);
    private static final SeenTransitions ALL = new SeenTransitions();

    @BeforeAll
    static void runWalks() {
        for (long seed = 1; seed <= WALKS; seed++) {
            DeciderWalk walk = new DeciderWalk(seed);
            walk.run();
            SEEN.computeIfAbsent(walk.plan().pattern(), _ -> new SeenTransitions())
                    .add(walk.seen());
            ALL.add(walk.seen());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "SAGA, saga.md",
        "SAGA, approval.md",
        "TCC, tcc.md",
        "TWO_PHASE, two-phase.md",
        "MESSAGE, message.md",
        "NOTIFICATION, notification.md"
    })
    void the_diagrams_show_exactly_the_observed_transitions(Pattern pattern, String page) throws IOException {
        SeenTransitions seen = Objects.requireNonNull(SEEN.get(pattern));
        List<Set<String>> drawn = diagrams("patterns/" + page);

        assertThat(drawn).hasSize(pattern == Pattern.TWO_PHASE ? 3 : 2);
        assertThat(drawn.getFirst())
                .as("transactions in " + page)
                .isEqualTo(moves(seen).map(StateChange::arrow).collect(Collectors.toSet()));
        assertThat(drawn.getLast())
                .as("branches in " + page)
                .isEqualTo(page.equals("approval.md") ? seen.approvals : seen.branches);
        if (pattern == Pattern.TWO_PHASE) {
            assertThat(drawn.get(1)).isEqualTo(seen.preCommits);
        }
    }

    @Test
    void the_complete_diagram_shows_exactly_the_observed_changes_and_facts() throws IOException {
        assertThat(diagrams(MACHINE).getFirst())
                .isEqualTo(moves(ALL)
                        .map(change -> change.arrow() + " : " + change.fact())
                        .collect(Collectors.toSet()));
    }

    @Test
    void the_complete_diagram_starts_with_the_observed_initial_states() throws IOException {
        Set<TransactionState> drawn = EnumSet.noneOf(TransactionState.class);
        Matcher beginning = BEGINNING.matcher(Files.readString(DOCS.resolve(MACHINE)));
        while (beginning.find()) {
            drawn.add(TransactionState.valueOf(beginning.group(1)));
        }

        assertThat(drawn).isEqualTo(ALL.initialStates);
    }

    @Test
    void the_table_of_changes_lists_exactly_the_observed_changes() throws IOException {
        assertThat(rows("## Changes of state").stream()
                        .map(row -> new StateChange(
                                TransactionState.valueOf(row.get(0)),
                                HistoryKind.valueOf(row.get(1)),
                                TransactionState.valueOf(row.get(2)))))
                .containsExactlyInAnyOrderElementsOf(moves(ALL).toList());
    }

    @Test
    void the_table_of_other_facts_lists_the_states_that_record_each_fact() throws IOException {
        Map<HistoryKind, Set<TransactionState>> listed = new EnumMap<>(HistoryKind.class);
        for (List<String> row : rows("## Facts that change no state")) {
            listed.put(
                    HistoryKind.valueOf(row.getFirst()),
                    Arrays.stream(row.get(1).split(", "))
                            .map(TransactionState::valueOf)
                            .collect(Collectors.toSet()));
        }

        assertThat(listed)
                .isEqualTo(ALL.changes.stream()
                        .filter(change -> !change.isMove())
                        .collect(Collectors.groupingBy(
                                StateChange::fact, Collectors.mapping(StateChange::from, Collectors.toSet()))));
    }

    @Test
    void every_state_has_a_row_and_every_named_method_exists() throws IOException {
        assertThat(rows("## One step for each state").stream().map(List::getFirst))
                .containsExactly(
                        Arrays.stream(TransactionState.values()).map(Enum::name).toArray(String[]::new));

        Matcher method = METHOD.matcher(Files.readString(DOCS.resolve(MACHINE)));
        List<String> missing = new ArrayList<>();
        while (method.find()) {
            String source = Files.readString(SOURCES.resolve(method.group(1) + ".java"));
            if (!source.contains(" " + method.group(2) + "(")) {
                missing.add(method.group());
            }
        }
        assertThat(missing).isEmpty();
    }

    private static Stream<StateChange> moves(SeenTransitions seen) {
        return seen.changes.stream().filter(StateChange::isMove);
    }

    // ---- the documents

    private static List<Set<String>> diagrams(String page) throws IOException {
        List<Set<String>> diagrams = new ArrayList<>();
        Matcher diagram = DIAGRAM.matcher(Files.readString(DOCS.resolve(page)));
        while (diagram.find()) {
            Set<String> arrows = new TreeSet<>();
            Matcher arrow = ARROW.matcher(diagram.group(1));
            while (arrow.find()) {
                arrows.add(arrow.group(1) + (arrow.group(2) == null ? "" : arrow.group(2)));
            }
            diagrams.add(arrows);
        }
        return diagrams;
    }

    /** Returns the cells of the rows of the first table below that heading. */
    private static List<List<String>> rows(String heading) throws IOException {
        List<String> lines = Files.readAllLines(DOCS.resolve(MACHINE));
        int from = lines.indexOf(heading);
        assertThat(from).as(heading).isNotNegative();
        return lines.stream()
                .skip(from + 1L)
                .dropWhile(line -> !line.startsWith("|"))
                .takeWhile(line -> line.startsWith("|"))
                .skip(2)
                .map(line -> Arrays.stream(line.substring(1).split("\\|"))
                        .map(String::strip)
                        .toList())
                .toList();
    }
}
