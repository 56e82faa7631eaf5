package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.TransactionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Holds the document of the whole state machine against what the decider records in random lives. */
class StateMachineTest {
    private static final int LIVES = 9_000;
    private static final Path DOCUMENT = Path.of("..", "docs", "state-machine.md");
    private static final Path SOURCES = Path.of("src/main/java/dev/entente/core/decision");
    private static final Pattern BEGINNING = Pattern.compile("^\\s*\\[\\*] --> ([A-Z_]+)$", Pattern.MULTILINE);
    private static final Pattern ARROW =
            Pattern.compile("^\\s*([A-Z_]+) --> ([A-Z_]+) : ([A-Z_]+)$", Pattern.MULTILINE);
    private static final Pattern METHOD = Pattern.compile("`([A-Z][A-Za-z]+)\\.([a-z][A-Za-z]+)`");

    private static final Set<TransactionState> BEGINNINGS = EnumSet.noneOf(TransactionState.class);
    private static final Set<StateChange> CHANGES = new HashSet<>();

    @BeforeAll
    static void live() {
        for (long seed = 1; seed <= LIVES; seed++) {
            Play play = Walk.of(seed);
            List<HistoryEvent> history = play.transaction().progress().history().events();
            BEGINNINGS.add(history.getFirst().stateAfter());
            CHANGES.addAll(play.laws().seen().changes());
        }
    }

    @Test
    void the_drawing_shows_every_change_of_state_with_its_fact_and_no_other() throws IOException {
        Set<String> drawn = new TreeSet<>();
        Matcher arrow = ARROW.matcher(Files.readString(DOCUMENT));
        while (arrow.find()) {
            drawn.add(shown(arrow.group(1), arrow.group(3), arrow.group(2)));
        }

        assertThat(drawn).isEqualTo(moves());
    }

    @Test
    void the_drawing_begins_where_transactions_begin() throws IOException {
        Set<TransactionState> drawn = EnumSet.noneOf(TransactionState.class);
        Matcher beginning = BEGINNING.matcher(Files.readString(DOCUMENT));
        while (beginning.find()) {
            drawn.add(TransactionState.valueOf(beginning.group(1)));
        }

        assertThat(drawn).isEqualTo(BEGINNINGS);
    }

    @Test
    void the_table_of_changes_has_a_row_for_each_and_no_other() throws IOException {
        Set<String> listed = new TreeSet<>();
        rows("## Changes of state").forEach(row -> listed.add(shown(row.get(0), row.get(1), row.get(2))));

        assertThat(listed).isEqualTo(moves());
    }

    @Test
    void the_table_of_other_facts_says_in_which_states_each_is_recorded() throws IOException {
        Map<HistoryKind, Set<TransactionState>> listed = new EnumMap<>(HistoryKind.class);
        for (List<String> row : rows("## Facts that change no state")) {
            Set<TransactionState> states = EnumSet.noneOf(TransactionState.class);
            Arrays.stream(row.get(1).split(", ")).map(TransactionState::valueOf).forEach(states::add);
            listed.put(HistoryKind.valueOf(row.getFirst()), states);
        }
        Map<HistoryKind, Set<TransactionState>> seen = new EnumMap<>(HistoryKind.class);
        CHANGES.stream()
                .filter(change -> !change.isMove())
                .forEach(change -> seen.computeIfAbsent(change.fact(), _ -> EnumSet.noneOf(TransactionState.class))
                        .add(change.from()));

        assertThat(listed).isEqualTo(seen);
    }

    @Test
    void every_state_has_its_row_and_every_method_named_is_in_the_decider() throws IOException {
        assertThat(rows("## One step for each state").stream().map(List::getFirst))
                .containsExactly(names(TransactionState.values()));

        Matcher method = METHOD.matcher(Files.readString(DOCUMENT));
        List<String> missing = new ArrayList<>();
        int found = 0;
        while (method.find()) {
            found++;
            String source = Files.readString(SOURCES.resolve(method.group(1) + ".java"));
            if (!source.contains(" " + method.group(2) + "(")) {
                missing.add(method.group());
            }
        }
        assertThat(missing).isEmpty();
        assertThat(found).isGreaterThan(TransactionState.values().length);
    }

    @ParameterizedTest
    @EnumSource(
            value = TransactionState.class,
            names = {"SUCCEEDED", "ABORTED"})
    void every_open_state_can_be_forced_to_either_end(TransactionState end) {
        List<Play> open = List.of(
                Play.begun(tcc(step("a"))),
                Play.scheduled(saga(step("a")), Play.START.plusSeconds(9)),
                Play.waiting(saga(step("a"))),
                Play.of(tcc(step("a"))).succeed("a").unknown("a"),
                Play.of(saga(step("a"), step("b"))).succeed("a").reject("b").unknown("a"));
        assertThat(open.stream().map(Play::state))
                .containsExactly(Stream.of(TransactionState.values())
                        .filter(state -> !state.isTerminal())
                        .toArray(TransactionState[]::new));

        open.forEach(play -> assertThat(play.force(end).state()).isEqualTo(end));
    }

    // ---- the document

    /** Returns the cells of the rows of the first table below that heading. */
    private static List<List<String>> rows(String heading) throws IOException {
        List<String> lines = Files.readAllLines(DOCUMENT);
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

    private static Set<String> moves() {
        Set<String> moves = new TreeSet<>();
        CHANGES.stream()
                .filter(StateChange::isMove)
                .map(change -> shown(
                        change.from().name(), change.fact().name(), change.to().name()))
                .forEach(moves::add);
        return moves;
    }

    private static String shown(String from, String fact, String to) {
        return from + " --> " + to + " : " + fact;
    }

    private static String[] names(TransactionState... states) {
        return Stream.of(states).map(Enum::name).toArray(String[]::new);
    }
}
