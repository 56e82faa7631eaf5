package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.message;
import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact.Truth;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares each cell of the table of resolves with the decider. */
class ResolveTableTest {
    private static final Pattern WORD = Pattern.compile("`([^`]+)`");

    /** A transaction, and the branch and the operation to resolve. */
    private record Situation(Role role, String branch, Supplier<Play> play) {}

    private static final Map<String, Situation> SITUATIONS = Map.ofEntries(
            forward(
                    "RUNNING; it is called or stuck, and the transaction may switch to undo",
                    "b",
                    ResolveTableTest::stuck),
            forward(
                    "RUNNING; it is called or stuck, and branches have joined below it",
                    "b",
                    ResolveTableTest::withChildren),
            forward(
                    "RUNNING; it is called or stuck, past the pivot",
                    "z",
                    () -> Play.of(saga(step("p").pivot().noUndo(), step("z").noUndo()))
                            .succeed("p")
                            .misconfigured("z")),
            forward(
                    "RUNNING; a delivery that is stuck",
                    "a",
                    () -> Play.of(message(step("a"), step("b")))
                            .misconfigured("a")
                            .succeed("b")),
            forward("RUNNING; never called", "c", ResolveTableTest::stuck),
            forward("RUNNING; done", "a", ResolveTableTest::stuck),
            forward(
                    "RUNNING; an approval",
                    "ok",
                    () -> Play.of(saga(step("ok").approval(Duration.ofHours(1), Approval.Expiry.REJECT), step("b")))),
            forward(
                    "BEGUN; the check-back",
                    Branch.CHECK_BACK,
                    () -> Play.begunMessage(message(step("a")).checkedBack(1))
                            .later(Duration.ofSeconds(20))
                            .unknown(Branch.CHECK_BACK)),
            forward("BEGUN; any other", "a", () -> Play.begun(tcc(step("a")))),
            forward("SCHEDULED", "a", () -> Play.scheduled(saga(step("a")), Play.START.plusSeconds(60))),
            forward("COMPLETING", "a", ResolveTableTest::completing),
            forward("UNDOING", "a", ResolveTableTest::undoing),
            settling(Role.COMPLETION, "COMPLETING; not completed yet", "a", ResolveTableTest::completing),
            settling(Role.COMPLETION, "COMPLETING; completed", "b", ResolveTableTest::completing),
            settling(Role.COMPLETION, "any other state", "a", () -> Play.of(tcc(step("a")))),
            settling(Role.UNDO, "UNDOING; may still be undone", "a", ResolveTableTest::undoing),
            settling(Role.UNDO, "UNDOING; undone, or never to be", "b", ResolveTableTest::undoing),
            settling(Role.UNDO, "any other state", "a", ResolveTableTest::stuck),
            Map.entry(
                    "any, finished",
                    new Situation(
                            Role.FORWARD, "a", () -> Play.of(saga(step("a"))).succeed("a"))));

    private static Map.Entry<String, Situation> forward(String text, String branch, Supplier<Play> play) {
        return Map.entry("forward, " + text, new Situation(Role.FORWARD, branch, play));
    }

    private static Map.Entry<String, Situation> settling(Role role, String text, String branch, Supplier<Play> play) {
        return Map.entry(role.name().toLowerCase(Locale.ROOT) + ", " + text, new Situation(role, branch, play));
    }

    private static Play stuck() {
        return Play.of(saga(step("a"), step("b"), step("c"))).succeed("a").misconfigured("b");
    }

    private static Play withChildren() {
        return Play.of(tcc(step("a"), step("b")))
                .registerNested(step("b/x"))
                .registerNested(step("b/x/y"))
                .succeed("a")
                .misconfigured("b");
    }

    private static Play completing() {
        return Play.of(tcc(step("a"), step("b")))
                .succeed("a")
                .succeed("b")
                .succeed("b")
                .misconfigured("a");
    }

    /** Returns a saga with a trusted rejection of step b and a misconfigured undo of step a. */
    private static Play undoing() {
        return Play.of(saga(step("a"), step("b"))).succeed("a").reject("b").misconfigured("a");
    }

    static List<DocumentTable.Cell> cells() {
        return DocumentTable.below("### Outcomes that an operator may record", 2);
    }

    @Test
    void every_situation_has_a_row_in_the_table() {
        assertThat(cells().stream()
                        .map(cell -> String.join(", ", cell.row()))
                        .distinct()
                        .toList())
                .containsExactlyInAnyOrderElementsOf(SITUATIONS.keySet());
    }

    @ParameterizedTest
    @MethodSource("cells")
    void each_resolve_has_the_effect_listed_in_its_table_cell(DocumentTable.Cell cell) {
        Situation situation = SITUATIONS.get(String.join(", ", cell.row()));
        assertThat(situation).as(cell.toString()).isNotNull();
        Play play = situation.play().get();
        play.resolve(situation.branch(), situation.role(), truth(cell.column()));

        if (cell.text().startsWith("ENT-")) {
            assertThat(play.answer()).isEqualTo(cell.text().substring(0, "ENT-000".length()));
            Matcher advice = WORD.matcher(cell.text());
            while (advice.find()) {
                assertThat(play.refusal().getMessage()).contains(advice.group(1));
            }
        } else {
            assertThat(play.answer()).isEqualTo("done");
            checkEffect(cell.text(), play, situation.branch());
        }
    }

    private static Truth truth(String column) {
        return Truth.valueOf(column.replace("`", "").toUpperCase(Locale.ROOT));
    }

    private static void checkEffect(String effect, Play play, String branch) {
        switch (effect) {
            case "done: continues" -> {
                assertThat(play.stateOf(branch)).isEqualTo(BranchState.DONE);
                assertThat(play.state()).isIn(TransactionState.RUNNING, TransactionState.SUCCEEDED);
            }
            case "switch to undo; this branch is not undone" -> {
                assertThat(play.stateOf(branch)).isIn(BranchState.RESOLVED, BranchState.SKIPPED);
                assertThat(play.state()).isIn(TransactionState.UNDOING, TransactionState.ABORTED);
                assertThat(play.calls()).noneMatch(call -> call.startsWith(branch + " "));
            }
            case "switch to undo; this branch is undone, too" ->
                assertThat(play.calls()).containsExactly(branch + " compensate");
            case "switch to undo; they are undone, then this branch" -> {
                assertThat(play.calls()).containsExactlyInAnyOrder("a cancel", branch + "/x/y cancel");
                play.succeed("a").succeed(branch + "/x/y").succeed(branch + "/x");
                assertThat(play.calls()).containsExactly(branch + " cancel");
            }
            case "switch to undo, and finish" -> assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
            case "settled" -> assertThat(play.stateOf(branch)).isEqualTo(BranchState.RESOLVED);
            default -> throw new AssertionError("no effect is called: " + effect);
        }
    }
}
