package dev.entente.torture.load;

import dev.entente.client.Entente;
import dev.entente.client.EntenteException;
import dev.entente.client.Tcc;
import dev.entente.client.TccScope;
import dev.entente.client.TransactionRefused;
import dev.entente.simulation.reference.Request;
import dev.entente.torture.check.ClientAnswer.Event;
import dev.entente.torture.check.ReportedState;
import dev.entente.v1.Binding;
import dev.entente.v1.Operation;
import dev.entente.v1.TccBranch;
import io.grpc.StatusRuntimeException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import torture.v1.LedgerServiceGrpc;

/**
 * An interactive TCC: the client registers and tries a tree of branches, parents first, then decides. Some participants
 * add branches below their own.
 *
 * @param forgotten a branch under which the client registers one more branch without a try: its Commit must be refused;
 *     empty for none
 * @param isAborted whether the client aborts at the end
 */
record TreeOfTries(List<Node> nodes, String forgotten, boolean isAborted) implements Job.Start {
    private static final String FORGOTTEN = "forgotten";
    private static final String INCOMPLETE = "ENT-045";

    /** One branch; {@code parent} is a path, or empty. */
    record Node(String id, String parent, String ledger, NestedTries.Shared shared) {
        String path() {
            return parent.isEmpty() ? id : parent + "/" + id;
        }

        /** Returns the branch; its confirm sends the receipt of its own try. */
        TccBranch branch() {
            Operation confirm = Operation.newBuilder()
                    .addBind(Binding.newBuilder().setFrom(path()))
                    .build();
            return TccBranch.newBuilder()
                    .setId(id)
                    .setParent(parent)
                    .setConfirm(confirm)
                    .build();
        }
    }

    /** Returns every branch that the client is to try, itself or through another branch's try. */
    List<TccBranch> joining() {
        return nodes.stream()
                .flatMap(node -> Stream.concat(Stream.of(node.branch()), node.shared().joining().stream()))
                .toList();
    }

    private boolean leavesOut() {
        return !forgotten.isEmpty()
                || nodes.stream().anyMatch(node -> node.shared().leavesOut());
    }

    /** Thrown by a client that aborts. */
    private static final class ClientAbort extends Exception {
        private static final long serialVersionUID = 1;
    }

    static Tcc begun(Entente entente, String gid) {
        return Workload.usual(entente.tcc("tree"), gid).deadline(RandomTrees.LIFE);
    }

    /** Returns the branch that the client registers without a try. */
    TccBranch forgottenBranch() {
        Node under = nodes.stream()
                .filter(node -> node.path().equals(forgotten))
                .findFirst()
                .orElseThrow();
        Operation.Builder settling = Operation.newBuilder()
                .setGrpc(
                        under.ledger() + "/" + LedgerServiceGrpc.getMoveMethod().getFullMethodName());
        return TccBranch.newBuilder()
                .setId(FORGOTTEN)
                .setParent(forgotten)
                .setConfirm(settling)
                .setCancel(settling)
                .build();
    }

    @Override
    public void run(Job.Attempt attempt) throws EntenteException {
        Entente entente = attempt.fleet().get(attempt.number());
        ClientRecorder recorder = attempt.recorder();
        long askedAt = ClientRecorder.now();
        // a failure below aborts the transaction
        recorder.asked(attempt.gid(), new Request.Abort());
        try {
            var _ = begun(entente, attempt.gid()).execute(scope -> {
                attempt.accepted(askedAt, ReportedState.OPEN);
                Set<String> tried = tryAll(attempt, entente, scope);
                if (isAborted) {
                    recorder.sent(attempt.gid(), Event.ABORT_SENT);
                    throw new ClientAbort();
                }
                recorder.sent(attempt.gid(), Event.COMMIT_SENT);
                recorder.asked(attempt.gid(), new Request.Commit(tried));
                return attempt.gid();
            });
            recorder.received(attempt.gid(), askedAt, Event.COMMITTED, ReportedState.OPEN);
        } catch (ClientAbort asMeant) {
            // The abort may be lost: then the deadline aborts.
        } catch (TransactionRefused refused) {
            if (!leavesOut() || !refused.code().equals(INCOMPLETE)) {
                throw refused;
            }
            // As expected: the deadline aborts the transaction.
        }
    }

    private Set<String> tryAll(Job.Attempt attempt, Entente entente, TccScope scope) {
        Set<String> tried = new HashSet<>();
        for (Node node : nodes) {
            BranchRequests moves = new BranchRequests(
                    entente.participant(node.ledger()), node.shared().request());
            var _ = at(scope, node.parent()).tryBranch(node.id(), moves.move(), moves::back, moves.back());
            tried.add(node.path());
            tried.addAll(node.shared().named());
        }
        if (!forgotten.isEmpty()) {
            forget(attempt);
        }
        return tried;
    }

    private static TccScope at(TccScope scope, String parent) {
        TccScope found = scope;
        for (String id : parent.isEmpty() ? new String[0] : parent.split("/")) {
            found = found.nested(id);
        }
        return found;
    }

    private void forget(Job.Attempt attempt) {
        try {
            attempt.fleet().coordinator(attempt.number()).register(attempt.gid(), forgottenBranch());
        } catch (StatusRuntimeException unanswered) {
            // The branch has joined or not: the record shows it.
        }
    }
}
