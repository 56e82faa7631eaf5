package dev.entente.core.plan;

import static dev.entente.core.plan.Plans.NOW;
import static dev.entente.core.plan.Plans.nested;
import static dev.entente.core.plan.Plans.saga;
import static dev.entente.core.plan.Plans.step;
import static dev.entente.core.plan.Plans.tcc;
import static dev.entente.core.plan.Plans.tccBranch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.core.transaction.Branch;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlanGraphTest {
    @Test
    void a_chain_has_direct_predecessors_ancestors_and_descendants() {
        PlanGraph graph = PlanGraph.of(saga(step("a"), step("b", "a"), step("c", "b")));

        assertThat(graph.size()).isEqualTo(3);
        assertThat(graph.roots()).containsExactly(0);
        assertThat(graph.isRoot(0)).isTrue();
        assertThat(graph.isRoot(2)).isFalse();
        assertThat(graph.predecessors(2)).containsExactly(1);
        assertThat(graph.ancestors(2)).isEqualTo(bits(0, 1));
        assertThat(graph.descendants(0)).isEqualTo(bits(1, 2));
        assertThat(graph.precedes(0, 2)).isTrue();
        assertThat(graph.precedes(2, 0)).isFalse();
    }

    @Test
    void a_diamond_lists_a_repeated_predecessor_once() {
        PlanGraph graph = PlanGraph.of(saga(step("d", "b", "c", "b"), step("b", "a"), step("c", "a"), step("a")));

        assertThat(graph.roots()).containsExactly(3);
        assertThat(graph.predecessors(0)).containsExactly(1, 2);
        assertThat(graph.ancestors(0)).isEqualTo(bits(1, 2, 3));
        assertThat(graph.descendants(3)).isEqualTo(bits(0, 1, 2));
        assertThat(graph.precedes(1, 2)).isFalse();
    }

    @Test
    void nested_branches_have_a_parent_and_children() {
        PlanGraph graph = PlanGraph.of(
                tcc(nested("hotel", "room"), tccBranch("hotel"), nested("hotel", "spa"), nested("hotel/room", "bed")));

        assertThat(graph.parent(0)).isEqualTo(1);
        assertThat(graph.parent(1)).isEqualTo(-1);
        assertThat(graph.below(bits(1))).isEqualTo(bits(0, 2, 3));
        assertThat(graph.below(bits(0))).isEqualTo(bits(3));
        assertThat(graph.below(bits(3))).isEqualTo(bits());
        assertThat(graph.above(bits(3))).isEqualTo(bits(0, 1));
        assertThat(graph.roots()).containsExactly(1);
    }

    @Test
    void paths_from_the_roots_end_at_a_barrier() {
        Branch child = new Branch(
                "a/x",
                "a",
                tccBranch("a").forward(),
                tccBranch("a").completion(),
                tccBranch("a").undo(),
                List.of(),
                Branch.Commitment.NONE);
        PlanGraph graph = PlanGraph.of(tcc(tccBranch("a"), child, tccBranch("b")));

        assertThat(graph.reachedPast(bits(0))).isEqualTo(bits(0, 2));
        assertThat(graph.reachedPast(bits(1))).isEqualTo(bits(0, 1, 2));
        assertThat(graph.reachedPast(bits(0, 2))).isEqualTo(bits(0, 2));
    }

    @Test
    void a_registered_branch_below_a_barrier_is_not_reached() {
        PlanGraph graph =
                PlanGraph.of(tcc(tccBranch("hotel"), nested("hotel", "room").registered(NOW), tccBranch("flight")));

        assertThat(graph.reachedPast(bits(0))).isEqualTo(bits(0, 2));
    }

    @Test
    void an_unknown_predecessor_is_refused() {
        assertThatThrownBy(() -> PlanGraph.of(saga(step("a", "b"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'b'");
        assertThat(PlanGraph.lenient(saga(step("a", "b"))).isRoot(0)).isTrue();
    }

    @Test
    void ancestors_and_descendants_in_random_graphs_match_a_traversal() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            List<Branch> branches = randomBranches(random);
            PlanGraph graph = PlanGraph.of(saga(branches.toArray(Branch[]::new)));
            for (int i = 0; i < graph.size(); i++) {
                assertThat(graph.ancestors(i)).as("seed %d", seed).isEqualTo(walked(graph, i, true));
                assertThat(graph.descendants(i)).as("seed %d", seed).isEqualTo(walked(graph, i, false));
            }
        }
    }

    @Test
    void above_and_below_in_random_graphs_match_a_traversal_of_both_kinds_of_edges() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            List<Branch> branches = new ArrayList<>(randomBranches(random));
            for (int i = branches.size(); i > 0; i--) {
                branches.add(
                        nested(branches.get(random.nextInt(branches.size())).id(), "n" + i));
            }
            PlanGraph graph = PlanGraph.of(saga(branches.toArray(Branch[]::new)));
            BitSet some = new BitSet();
            for (int i = random.nextInt(4); i > 0; i--) {
                some.set(random.nextInt(graph.size()));
            }
            assertThat(graph.above(some)).as("seed %d", seed).isEqualTo(walked(graph, some, true));
            assertThat(graph.below(some)).as("seed %d", seed).isEqualTo(walked(graph, some, false));
        }
    }

    private static BitSet walked(PlanGraph graph, BitSet from, boolean back) {
        BitSet seen = new BitSet();
        for (int found = -1; found != seen.cardinality(); ) {
            found = seen.cardinality();
            for (int one = 0; one < graph.size(); one++) {
                for (int other = 0; other < graph.size(); other++) {
                    boolean isReached = from.get(one) || seen.get(one);
                    if (isReached && (back ? leads(graph, other, one) : leads(graph, one, other))) {
                        seen.set(other);
                    }
                }
            }
        }
        return seen;
    }

    private static boolean leads(PlanGraph graph, int one, int other) {
        return graph.parent(other) == one
                || IntStream.of(graph.predecessors(other)).anyMatch(before -> before == one);
    }

    /** Edges go from lower to higher numbers only. With 40 branches, the graph looks up names in a map. */
    private static List<Branch> randomBranches(Random random) {
        List<Branch> branches = new ArrayList<>();
        int size = 1 + random.nextInt(40);
        for (int i = 0; i < size; i++) {
            List<String> after = new ArrayList<>();
            for (int j = 0; j < i; j++) {
                if (random.nextInt(5) == 0) {
                    after.add("s" + j);
                }
            }
            branches.add(step("s" + i, after.toArray(String[]::new)));
        }
        return branches;
    }

    private static BitSet walked(PlanGraph graph, int from, boolean back) {
        return walked(graph, bits(from), back);
    }

    private static BitSet bits(int... set) {
        BitSet bits = new BitSet();
        for (int bit : set) {
            bits.set(bit);
        }
        return bits;
    }
}
