package dev.entente.server.console.drawing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.console.ShownTransactions;
import dev.entente.server.console.drawing.PlanPicture.Node;
import dev.entente.server.console.drawing.PlanShape.Form;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanPictureTest {
    private static Node node(PlanPicture picture, String id) {
        return picture.nodes().stream()
                .filter(node -> node.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> idsByPosition(PlanPicture picture) {
        return picture.nodes().stream()
                .sorted(Comparator.comparingInt(Node::x).thenComparingInt(Node::y))
                .map(Node::id)
                .toList();
    }

    private static long lines(PlanPicture picture, boolean isNested) {
        return picture.lines().stream()
                .filter(line -> line.isNested() == isNested)
                .count();
    }

    @Test
    void a_sequence_is_one_row_with_its_pivot_marked() {
        PlanPicture picture = PlanPicture.of(ShownTransactions.example("saga").build(), false);

        assertThat(idsByPosition(picture)).containsExactly("reserve", "pay", "ship");
        assertThat(picture.nodes())
                .extracting(Node::y)
                .containsOnly(node(picture, "pay").y());
        assertThat(picture.nodes()).extracting(node -> node.part().isPivot()).containsExactly(false, false, true);
        assertThat(lines(picture, false)).isEqualTo(2);
    }

    @Test
    void an_approval_has_its_own_shape() {
        PlanPicture picture =
                PlanPicture.of(ShownTransactions.example("approval").build(), false);

        assertThat(node(picture, "manager").part().form()).isEqualTo(Form.APPROVAL);
        assertThat(node(picture, "manager").outline())
                .isNotEqualTo(node(picture, "pay").outline());
    }

    @Test
    void a_step_follows_its_longest_path_and_implied_lines_are_omitted() throws Exception {
        PlanPicture picture = PlanPicture.of(ShownTransactions.accepted("""
            {"gid": "dag", "saga": {"steps": [
              {"id": "a", "no_undo": true, "action": {"grpc": "p/s.S/A"}},
              {"id": "b", "no_undo": true, "action": {"grpc": "p/s.S/A"}, "after": ["a"]},
              {"id": "c", "no_undo": true, "action": {"grpc": "p/s.S/A"}, "after": ["a"]},
              {"id": "d", "no_undo": true, "action": {"grpc": "p/s.S/A"}, "after": ["b"]},
              {"id": "e", "no_undo": true, "notification": {"deliver": {"grpc": "p/s.S/A"}}, "after": ["a", "c", "d"]}
            ]}}\
            """).build(), false);

        assertThat(idsByPosition(picture)).containsExactly("a", "b", "c", "d", "e");
        assertThat(node(picture, "b").x()).isEqualTo(node(picture, "c").x());
        assertThat(node(picture, "b").y()).isLessThan(node(picture, "c").y());
        assertThat(node(picture, "e").x()).isGreaterThan(node(picture, "d").x());
        assertThat(node(picture, "e").part().form()).isEqualTo(Form.CHILD);
        assertThat(lines(picture, false)).as("a to e is implied").isEqualTo(5);
    }

    @Test
    void a_compensating_saga_shows_undone_and_rejected_steps() {
        Transaction.Builder saga = ShownTransactions.example("saga").setState(Transaction.State.UNDOING);
        saga.getBranchesBuilder(0).setState(BranchStatus.State.UNDONE).setCurrentOp("compensate");
        saga.getBranchesBuilder(1).setState(BranchStatus.State.REJECTED).setCurrentOp("action");

        PlanPicture picture = PlanPicture.of(saga.build(), false);

        assertThat(node(picture, "reserve").tone()).isEqualTo(StatusStyle.BACK);
        assertThat(node(picture, "pay").tone()).isEqualTo(StatusStyle.BAD);
    }

    @Test
    void tcc_children_are_nested_and_precede_the_decision() throws Exception {
        String operations = "\"try\": {\"grpc\": \"p/s.S/T\"}, \"confirm\": {\"grpc\": \"p/s.S/C\"},"
                + " \"cancel\": {\"grpc\": \"p/s.S/D\"}";
        PlanPicture picture = PlanPicture.of(
                ShownTransactions.accepted("""
                    {"gid": "nested", "tcc": {"branches": [
                      {"id": "trip", %1$s}, {"id": "hotel", "parent": "trip", %1$s},
                      {"id": "room", "parent": "trip/hotel", %1$s}, {"id": "card", %1$s}
                    ]}}\
                    """.formatted(operations))
                        .setState(Transaction.State.COMPLETING)
                        .build(),
                false);

        assertThat(lines(picture, true)).isEqualTo(2);
        assertThat(node(picture, "trip/hotel/room").x())
                .isGreaterThan(node(picture, "trip/hotel").x());
        Node decision = node(picture, "");
        assertThat(decision.part().form()).isEqualTo(Form.DECISION);
        assertThat(decision.tone()).isEqualTo(StatusStyle.GOOD);
        assertThat(picture.nodes()).extracting(Node::x).allMatch(x -> x <= decision.x());
    }

    @Test
    void every_prepare_of_a_two_phase_plan_leads_to_the_decision() {
        PlanPicture picture =
                PlanPicture.of(ShownTransactions.example("two-phase").build(), false);

        assertThat(lines(picture, false)).isEqualTo(picture.nodes().size() - 1);
        assertThat(node(picture, "").tone()).isEqualTo(StatusStyle.CALM);
    }

    @Test
    void deliveries_follow_the_check_back() {
        Transaction.Builder message = ShownTransactions.example("message");
        message.addBranchesBuilder(0).setId("check-back");
        message.getBranchesBuilder(1).setBlockedBy("earlier");

        PlanPicture picture = PlanPicture.of(message.build(), false);

        Node first = node(picture, "delivery-1");
        assertThat(first.x()).isGreaterThan(node(picture, "check-back").x());
        assertThat(first.tone()).isEqualTo(StatusStyle.RUN);
        assertThat(lines(picture, false)).isEqualTo(picture.nodes().size() - 1);
    }

    @ParameterizedTest
    @CsvSource({"i, 23", "e, 15", "m, 10"})
    void a_wide_label_keeps_its_start_and_end(String letter, int fitting) {
        assertThat(Node.shortened(letter.repeat(fitting))).isEqualTo(letter.repeat(fitting));
        assertThat(Node.shortened(letter.repeat(fitting + 1)))
                .matches("(" + letter + "){3,}\u2026(" + letter + "){6}")
                .hasSizeLessThanOrEqualTo(fitting);
    }

    @Test
    void a_narrow_plan_runs_downward() {
        Transaction tcc = ShownTransactions.example("tcc").build();
        PlanPicture wide = PlanPicture.of(tcc, false);
        PlanPicture narrow = PlanPicture.of(tcc, true);

        assertThat(narrow.nodes()).extracting(Node::id).containsExactlyElementsOf(idsByPosition(wide));
        assertThat(narrow.width()).isLessThan(328);
        assertThat(node(narrow, "").y()).isGreaterThan(node(narrow, "credit").y());
        assertThat(node(narrow, "debit").y()).isEqualTo(node(narrow, "credit").y());
        assertThat(PlanPicture.of(ShownTransactions.example("saga").build(), true)
                        .width())
                .isLessThan(328);
    }

    @Test
    void a_plan_is_drawn_up_to_64_nodes_without_overlap() {
        Transaction.Builder layers = ShownTransactions.steps(64);
        for (int i = 32; i < 64; i++) {
            for (int before = 0; before < 32; before++) {
                layers.getPlanBuilder().getSagaBuilder().getStepsBuilder(i).addAfter("step-" + before);
            }
        }

        PlanPicture picture = PlanPicture.of(layers.build(), false);

        assertThat(picture.lines()).hasSize(32 * 32);
        assertThat(picture.nodes().stream()
                        .map(node -> node.x() + "/" + node.y())
                        .distinct())
                .hasSize(64);
        assertThat(PlanPicture.of(ShownTransactions.steps(65).build(), false).nodes())
                .isEmpty();
    }
}
