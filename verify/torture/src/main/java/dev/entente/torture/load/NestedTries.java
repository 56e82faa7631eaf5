package dev.entente.torture.load;

import dev.entente.torture.machine.TortureRig;
import dev.entente.v1.TccBranch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import torture.v1.Joining;
import torture.v1.MoveRequest;
import torture.v1.Share;
import torture.v1.Share.Omission;

/** Random branches that a participant registers and tries below its own branch, within its own try. For one thread. */
final class NestedTries {
    private static final int MAX = 2;
    private static final int MAX_CENTS = 100;
    private static final int DEEPEST = 4;

    private final Joining book;
    private final Random random;

    /**
     * Draws for participants with these addresses.
     *
     * @param coordinators the coordinators' addresses, separated by commas
     * @param ledgers the address of each ledger, by name
     */
    NestedTries(String coordinators, Map<String, String> ledgers, Random random) {
        this.book = Joining.newBuilder()
                .setCoordinators(coordinators)
                .putAllLedgers(ledgers)
                .build();
        this.random = random;
    }

    /**
     * A try, and the branches that join below it.
     *
     * @param request including all work of its participant
     * @param joining every branch that joins below it, at any depth
     * @param named the paths of the branches that its answer must name
     */
    record Shared(MoveRequest request, List<TccBranch> joining, Set<String> named) {
        static Shared alone(MoveRequest request) {
            return new Shared(request, List.of(), Set.of());
        }

        /** Returns whether a child joins that no answer names: then a confirm is not allowed. */
        boolean leavesOut() {
            return joining.stream().anyMatch(branch -> !named.contains(DrawnShape.path(branch)));
        }
    }

    /** Gives one of four tries branches below it; none at the maximum depth. */
    Shared drawn(String path, MoveRequest request) {
        return random.nextInt(4) == 0 ? into(path, request) : Shared.alone(request);
    }

    /** Moves a part of the try's amount to one or two branches below it. */
    Shared into(String path, MoveRequest request) {
        if (path.chars().filter(c -> c == '/').count() >= DEEPEST - 1) {
            return Shared.alone(request);
        }
        Joining.Builder joining = book.toBuilder();
        List<TccBranch> branches = new ArrayList<>();
        Set<String> named = new HashSet<>();
        long left = request.getCents();
        int count = 1 + random.nextInt(MAX);
        for (int i = 0; i < count; i++) {
            String id = "share" + i;
            long cents = 1L + random.nextInt(MAX_CENTS);
            left -= cents;
            Omission omission = omission();
            Shared below = drawn(path + "/" + id, part(cents, omission));
            branches.add(TccBranch.newBuilder().setId(id).setParent(path).build());
            branches.addAll(below.joining());
            if (omission == Omission.NONE) {
                named.add(path + "/" + id);
                named.addAll(below.named());
            }
            joining.addShares(Share.newBuilder()
                    .setId(id)
                    .setLedger(TortureRig.LEDGERS.get(random.nextInt(2)))
                    .setRequest(below.request())
                    .setOmission(omission));
        }
        return new Shared(request.toBuilder().setCents(left).setJoining(joining).build(), branches, named);
    }

    private Omission omission() {
        return switch (random.nextInt(12)) {
            case 0 -> Omission.NAME;
            case 1 -> Omission.REFUSAL;
            default -> Omission.NONE;
        };
    }

    private MoveRequest part(long cents, Omission omission) {
        MoveRequest.Builder trouble =
                MoveRequest.newBuilder().setDelayMs(random.nextInt(3) == 0 ? random.nextInt(200) : 0);
        boolean isRefused = omission == Omission.REFUSAL || (omission == Omission.NONE && random.nextInt(12) == 0);
        return Workload.request(random, cents, trouble.setReject(isRefused ? "NOT_TODAY" : ""));
    }
}
