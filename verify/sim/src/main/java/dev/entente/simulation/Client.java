package dev.entente.simulation;

import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.OwnedElsewhere;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Submission;
import dev.entente.server.engine.incarnation.Coordinator;
import dev.entente.simulation.Node.Reply;
import dev.entente.simulation.drawing.PlanMaker;
import dev.entente.simulation.drawing.Script;
import dev.entente.v1.Plan;
import dev.entente.v1.TccBranch;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The client of one transaction. It submits the transaction until it gets an answer, waits for the end, and may abort.
 * Otherwise it begins, registers, tries and commits the transaction itself. It may die at any step. The checker
 * compares the answers to the client with the end.
 */
final class Client {
    private static final int MAX_TRIES = 400;
    private static final int MANY = 60;
    private static final int MAX_THOUGHT_MILLIS = 1500;
    private static final int ABORTED_WITHIN_MILLIS = 500;

    private final RunContext context;
    private final Cluster cluster;
    private final PlanMaker plans;
    private final PlanMaker.Kind kind;
    private final String gid;
    private final Submission submission;
    private final @Nullable PlannedEnd aim;
    private final Set<String> tried = new HashSet<>();
    private final int branches;
    private final boolean isNested;
    private Instant begunAt;
    private boolean isDone;

    /** @param number from 0 to {@link RunContext#mostClients} - 1 */
    Client(RunContext context, Cluster cluster, int number, PlanMaker.Kind kind) {
        this.context = context;
        this.cluster = cluster;
        this.kind = kind;
        this.plans = new PlanMaker(context.random, context.silent::participant, context.drawing);
        this.gid = RunContext.gid(number);
        boolean isAimed = context.drawing.isAimed() && context.random.nextInt(4) > 0;
        this.submission = plans.submission(gid, kind, drawn(isAimed));
        this.aim = isAimed
                ? PlannedEnd.random(context.random, submission.plan().branches().size())
                : null;
        this.branches = aim == null ? List.of(0, 2, 2, MANY).get(context.random.nextInt(4)) : 2;
        this.isNested = context.random.nextBoolean();
        this.begunAt = context.time.now();
        submission.plan().branches().forEach(this::script);
        if (kind == PlanMaker.Kind.TCC && context.random.nextInt(3) == 0) {
            joinBelowFirst();
        }
    }

    private Plan drawn(boolean isAimed) {
        if (isAimed && kind == PlanMaker.Kind.INTERACTIVE) {
            return plans.begunWithTime();
        }
        Plan plan = plans.plan(kind, context.time.now());
        boolean isLater = kind == PlanMaker.Kind.MESSAGE && context.hasDeathsAtStart;
        return isLater ? ExtraCases.startingLater(plan, context.time.now()) : plan;
    }

    private void joinBelowFirst() {
        script("b0/child");
        Service.Manner[] manners = Service.Manner.values();
        Service.Manner manner = manners[context.random.nextInt(manners.length)];
        boolean forgets = manner == Service.Manner.CARELESS;
        context.service.nest(gid, "b0", "child", manner, whenTried -> register("child", "b0", !forgets, whenTried));
    }

    private void script(Branch branch) {
        script(branch.id());
        Pattern child = branch.forward().child();
        if (child != null) {
            String delivery = child == Pattern.MESSAGE ? Branch.DELIVERY + 1 : Branch.DELIVER;
            context.service.script(
                    gid + "/" + branch.id(),
                    delivery,
                    Script.random(context.random, submission.plan().branches().size()));
        }
    }

    private void script(String branch) {
        int size = submission.plan().branches().size();
        Script script = aim == null
                ? Script.random(context.random, size)
                : aim.script(submission.plan().indexOf(branch), context.random);
        context.service.script(gid, branch, script);
    }

    boolean isDone() {
        return isDone;
    }

    void start() {
        send(coordinator -> coordinator.accept(submission), this::isRefusedForGood, accepted -> {
            context.judge.accepted(gid);
            begunAt = accepted.snapshot().createdAt();
            if (kind == PlanMaker.Kind.INTERACTIVE) {
                registerNext(0);
            } else if (kind == PlanMaker.Kind.CHECKED) {
                after(delay(), this::runLocally);
            } else {
                awaitEnd();
                if (context.random.nextInt(5) == 0) {
                    after(context.random.nextInt(3000), this::abort);
                }
                if (context.random.nextInt(3) == 0) {
                    after(300 + context.random.nextInt(3000), this::retryNow);
                }
            }
        });
    }

    /** Returns whether the client gives up, because the refusal guarantees that no row of the transaction exists. */
    private boolean isRefusedForGood(Refusal refusal) {
        boolean isCertain = refusal.code() == ErrorCode.DATABASE || refusal.code() == ErrorCode.OVERLOADED;
        if (isCertain && !cluster.hasSentBefore(gid) && context.random.nextInt(2) == 0) {
            context.judge.refused(gid);
            isDone = true;
            return true;
        }
        return false;
    }

    // ---- a begun transaction

    private void registerNext(int index) {
        if (branches != MANY && context.random.nextInt(12) == 0) {
            isDone = true;
            return;
        }
        if (index == branches) {
            decide();
            return;
        }
        script(path(index));
        boolean isTheTime = index == 1 && branches == MANY;
        boolean isAborted = isTheTime && context.random.nextBoolean();
        if (isAborted) {
            after(context.random.nextInt(ABORTED_WITHIN_MILLIS), this::abort);
        }
        int thinking = aim == null ? 0 : context.random.nextInt(MAX_THOUGHT_MILLIS);
        after(isTheTime && !isAborted ? untilDeadline() : thinking, () -> registerAndGoOn(index));
    }

    /**
     * Returns the time until the deadline. The client waits for this time before it registers many branches in fast
     * sequence. Therefore the deadline comes during the registrations.
     */
    private int untilDeadline() {
        Duration left = Duration.between(context.time.now(), begunAt.plus(PlanMaker.BEGUN_DEADLINE));
        return (int) Math.max(0, left.toMillis());
    }

    /** Returns the path of a branch. In every other transaction the second branch is nested under the first. */
    private String path(int index) {
        return index == 1 && isNested ? "b0/b1" : "b" + index;
    }

    private void registerAndGoOn(int index) {
        register("b" + index, index == 1 && isNested ? "b0" : "", isTried -> {
            if (isTried) {
                tried.add(path(index));
                registerNext(index + 1);
            } else {
                decide();
            }
        });
    }

    private void register(String id, String parent, Consumer<Boolean> then) {
        register(id, parent, true, then);
    }

    /** Registers a branch and tries it when the registration is durable; a forgotten branch is never tried. */
    private void register(String id, String parent, boolean tries, Consumer<Boolean> then) {
        TccBranch message = plans.branch(id, parent);
        PlanCodec.DecodedBranch decoded = PlanCodec.standard().decodeBranch(message);
        TransactionRequest request = new TransactionRequest.Register(decoded.branch(), decoded.encoded());
        String name = decoded.branch().id();
        send(
                coordinator -> request(coordinator, request),
                _ -> {
                    then.accept(false);
                    return true;
                },
                _ -> then.accept(tries && context.service.tryByClient(gid, name)));
    }

    /**
     * Commits the branches that were tried successfully. A careless client commits although another branch is
     * registered; this commit must be refused.
     */
    private void decide() {
        boolean isComplete = tried.size() == branches;
        boolean isCareless = !isComplete && context.random.nextInt(3) == 0;
        boolean isUnwanted = aim != null && aim.isUndo();
        if ((!isComplete && !isCareless) || isUnwanted) {
            abort();
            awaitEnd();
            return;
        }
        send(
                coordinator -> request(coordinator, new TransactionRequest.Commit(Set.copyOf(tried), Map.of())),
                _ -> {
                    abort();
                    awaitEnd();
                    return true;
                },
                _ -> awaitEnd());
    }

    // ---- a message with a local transaction

    /** Returns a delay: usually short, sometimes long enough for a check-back to come first. */
    private int delay() {
        boolean isLong = aim != null || context.random.nextInt(4) == 0;
        return context.random.nextInt(isLong ? 8000 : 200);
    }

    private boolean isDying() {
        return context.random.nextInt(6) == 0;
    }

    private void runLocally() {
        if (isDying()) {
            isDone = true;
        } else if (context.service.locals().begin(gid)) {
            after(delay(), this::finishLocally);
        } else {
            abort();
            awaitEnd();
        }
    }

    private void finishLocally() {
        boolean commits = context.random.nextInt(4) > 0;
        if (!commits) {
            context.service.locals().rollBack(gid);
        } else {
            context.service.locals().commit(gid);
        }
        if (isDying()) {
            isDone = true;
        } else if (commits) {
            send(
                    coordinator -> request(coordinator, new TransactionRequest.Commit(Set.of(), Map.of())),
                    _ -> {
                        awaitEnd();
                        return true;
                    },
                    _ -> awaitEnd());
        } else {
            abort();
            awaitEnd();
        }
    }

    // ---- any transaction

    private CompletableFuture<Snapshot> request(Coordinator coordinator, TransactionRequest request) {
        return context.reference.acts(gid, request, () -> coordinator.act(gid, request));
    }

    private void abort() {
        send(
                coordinator -> request(coordinator, new TransactionRequest.Abort("enough", "client", false, 0)),
                _ -> true,
                _ -> {});
    }

    /** Sends an operator's immediate retry. */
    private void retryNow() {
        TransactionRequest.Retry request = new TransactionRequest.Retry("operator", "now", 0);
        send(coordinator -> request(coordinator, request), _ -> true, _ -> {});
    }

    private void awaitEnd() {
        cluster.any().request(coordinator -> coordinator.end(gid), reply -> {
            Snapshot snapshot = reply.result();
            if (snapshot != null && snapshot.progress().state().isTerminal()) {
                context.judge.ended(gid, snapshot.progress().state());
                isDone = true;
            } else {
                after(500 + context.random.nextInt(2000), this::awaitEnd);
            }
        });
    }

    /** Sends until there is an answer; {@code refused} returns whether a refusal counts as an answer. */
    private <T> void send(
            Function<Coordinator, CompletableFuture<T>> call, Function<Refusal, Boolean> refused, Consumer<T> then) {
        send(cluster.any(), call, refused, then, 0);
    }

    private <T> void send(
            Node node,
            Function<Coordinator, CompletableFuture<T>> call,
            Function<Refusal, Boolean> refused,
            Consumer<T> then,
            int tries) {
        node.request(call, reply -> {
            if (reply.result() != null) {
                then.accept(reply.result());
            } else if (tries < MAX_TRIES && !isFinal(reply, refused)) {
                cluster.sent(gid);
                Node next =
                        reply.failure() instanceof OwnedElsewhere held ? cluster.holder(held.owner()) : cluster.any();
                after(100 + context.random.nextInt(900), () -> send(next, call, refused, then, tries + 1));
            }
        });
    }

    private static boolean isFinal(Reply<?> reply, Function<Refusal, Boolean> refused) {
        @Nullable Throwable failure = reply.failure();
        if (!(failure instanceof Refusal refusal)) {
            return false;
        }
        boolean mayPass = refusal.code() == ErrorCode.LEASE_LOST
                || refusal.code() == ErrorCode.OWNER_UNREACHABLE
                || refusal.code() == ErrorCode.DRAINING;
        boolean isTemporary = refusal.retryAfter() != null;
        return !mayPass
                && (!isTemporary || refusal.code() == ErrorCode.DATABASE || refusal.code() == ErrorCode.OVERLOADED)
                && refused.apply(refusal);
    }

    private void after(int millis, Runnable task) {
        context.time.after(Duration.ofMillis(millis), task);
    }
}
