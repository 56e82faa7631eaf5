package dev.entente.torture.load;

import dev.entente.client.Entente;
import dev.entente.client.Tcc;
import dev.entente.torture.machine.TortureRig;
import dev.entente.v1.Plan;
import dev.entente.v1.TccBranch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import torture.v1.MoveRequest;

/**
 * Random TCC transactions with branches that join while the transaction runs. Interactive ones have one to eight
 * branches, at the top or under any other branch, at most four levels deep. The participants of submitted ones register
 * branches below their own. Used by one thread.
 */
final class RandomTrees {
    static final Duration LIFE = Duration.ofSeconds(15);
    private static final int MAX = 8;
    private static final int DEEPEST = 4;
    private static final int MAX_CENTS = 300;
    private static final int MAX_SUBMITTED = 3;

    private final Fleet fleet;
    private final Random random;
    private final NestedTries shares;

    RandomTrees(Fleet fleet, Random random) {
        this.fleet = fleet;
        this.random = random;
        this.shares = new NestedTries(fleet.addresses(), fleet.ledgers(), random);
    }

    Job next(String gid) {
        List<TreeOfTries.Node> nodes = new ArrayList<>();
        int count = 1 + Math.min(random.nextInt(MAX), random.nextInt(MAX));
        int bad = random.nextInt(4) == 0 ? random.nextInt(count) : -1;
        long left = 0;
        for (int i = 0; i < count; i++) {
            long cents = i == count - 1 ? left : 1L + random.nextInt(MAX_CENTS);
            left -= cents;
            MoveRequest.Builder trouble = Workload.trouble(random).setReject(i == bad ? "NOT_TODAY" : "");
            String parent = random.nextInt(3) == 0 ? "" : parent(nodes);
            String path = parent.isEmpty() ? "b" + i : parent + "/b" + i;
            nodes.add(new TreeOfTries.Node(
                    "b" + i,
                    parent,
                    TortureRig.LEDGERS.get(random.nextInt(2)),
                    shares.drawn(path, Workload.request(random, cents, trouble))));
        }
        String forgotten =
                random.nextInt(6) == 0 ? nodes.get(random.nextInt(count)).path() : "";
        boolean isAborted = random.nextInt(5) == 0;
        return job(gid, new TreeOfTries(nodes, forgotten, isAborted));
    }

    private String parent(List<TreeOfTries.Node> nodes) {
        List<String> possible = nodes.stream()
                .map(TreeOfTries.Node::path)
                .filter(path -> path.chars().filter(c -> c == '/').count() < DEEPEST - 1)
                .toList();
        return possible.isEmpty() ? "" : possible.get(random.nextInt(possible.size()));
    }

    private Job job(String gid, TreeOfTries tree) {
        Plan plan = TreeOfTries.begun(fleet.get(0), gid).toProto();
        // The registration of a forgotten branch may fail. The reference decides by the record.
        RequestedTransaction tried = RequestedTransaction.begun(gid, plan, tree.joining());
        List<TccBranch> joining = new ArrayList<>(tree.joining());
        if (!tree.forgotten().isEmpty()) {
            joining.add(tree.forgottenBranch());
        }
        return Job.interactive(DrawnShape.of(tried), RequestedTransaction.begun(gid, plan, joining), tree);
    }

    /**
     * Draws a submitted TCC: the coordinator tries the branches, and some participants add other branches within their
     * tries.
     */
    Job submitted(String gid) {
        Entente entente = fleet.get(0);
        Tcc tcc = Workload.usual(entente.tcc("shared"), gid).deadline(LIFE);
        if (random.nextInt(3) == 0) {
            tcc.sequential();
        }
        List<TccBranch> joining = new ArrayList<>();
        int count = 1 + random.nextInt(MAX_SUBMITTED);
        long left = 0;
        for (int i = 0; i < count; i++) {
            long cents = i == count - 1 ? left : 1L + random.nextInt(MAX_CENTS);
            left -= cents;
            MoveRequest.Builder trouble = Workload.trouble(random).setLoseAnswers(random.nextInt(2));
            MoveRequest request = Workload.request(random, cents, trouble);
            NestedTries.Shared shared = i == 0 ? shares.into("b0", request) : shares.drawn("b" + i, request);
            joining.addAll(shared.joining());
            BranchRequests moves = new BranchRequests(
                    entente.participant(TortureRig.LEDGERS.get(random.nextInt(2))), shared.request());
            tcc.branch("b" + i, moves.move(), moves::back, moves.back());
        }
        Job.FollowUp then =
                random.nextInt(5) == 0 ? new Change(Duration.ofMillis(random.nextInt(600))) : Job.FollowUp.NOTHING;
        return Job.joined(RequestedTransaction.joined(gid, tcc.toProto(), joining), then);
    }
}
