package dev.entente.faults.load;

import dev.entente.faults.machine.Room;
import dev.entente.v1.Plan;
import dev.entente.v1.TccBranch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import torture.v1.MoveRequest;

/** Draws interactive TCC transactions: one to eight branches, each at the top or under any other, at most four deep. */
final class RandomTrees {
    static final Duration LIFE = Duration.ofSeconds(15);
    private static final int MOST = 8;
    private static final int DEEPEST = 4;
    private static final int MOST_CENTS = 300;

    private final Fleet fleet;
    private final Random random;

    RandomTrees(Fleet fleet, Random random) {
        this.fleet = fleet;
        this.random = random;
    }

    Job next(String gid) {
        List<TreeOfTries.Node> nodes = new ArrayList<>();
        int count = 1 + Math.min(random.nextInt(MOST), random.nextInt(MOST));
        int bad = random.nextInt(4) == 0 ? random.nextInt(count) : -1;
        long left = 0;
        for (int i = 0; i < count; i++) {
            long cents = i == count - 1 ? left : 1L + random.nextInt(MOST_CENTS);
            left -= cents;
            MoveRequest.Builder trouble = Workload.trouble(random).setReject(i == bad ? "NOT_TODAY" : "");
            nodes.add(new TreeOfTries.Node(
                    "b" + i,
                    random.nextInt(3) == 0 ? "" : parent(nodes),
                    Room.LEDGERS.get(random.nextInt(2)),
                    Workload.request(random, cents, trouble)));
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
        List<TccBranch> joining = new ArrayList<>(
                tree.nodes().stream().map(TreeOfTries.Node::branch).toList());
        if (!tree.forgotten().isEmpty()) {
            joining.add(tree.forgottenBranch());
        }
        Commission commission = Commission.begun(gid, plan, joining);
        // Nobody knows whether what was forgotten has joined: the reference judges that by the record.
        Commission tried = Commission.begun(
                gid, plan, tree.nodes().stream().map(TreeOfTries.Node::branch).toList());
        return Job.interactive(DrawnShape.of(tried), commission, tree);
    }
}
