package dev.entente.faults.load;

import dev.entente.client.ApprovalStep;
import dev.entente.client.Entente;
import dev.entente.client.PlanBuilder;
import dev.entente.client.Retry;
import dev.entente.client.Saga;
import dev.entente.client.Step;
import dev.entente.client.Tcc;
import dev.entente.client.TwoPhase;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Shape.BranchShape;
import dev.entente.faults.check.Shape.Gate;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.machine.Ledger;
import dev.entente.faults.machine.TortureRig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import torture.v1.MoveRequest;
import torture.v1.MoveResponse;

/**
 * An endless, seeded mix of everything that may happen to a transaction: money goes from one ledger to the other. Used
 * by one thread.
 */
public final class Workload {
    private static final Retry RETRY = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(1), 60);
    private static final Duration ATTEMPT = Duration.ofSeconds(2);
    static final Duration LIFE = Duration.ofSeconds(20);
    private static final Duration TO_SIGN = Duration.ofSeconds(3);
    private static final int KINDS = 28;
    /** Deadlines that come in the middle, clients that die, people who are asked. */
    private static final Set<Integer> WAITING_KINDS = Set.of(9, 18, 19, 27);

    private final Fleet fleet;
    private final Random random;
    private final String prefix;
    private final Publications publications;
    private final WebJobs web;
    private final DrawnJobs drawn;
    private final boolean isPrompt;
    private int made;

    /** @param prefix of all gids */
    public Workload(Fleet fleet, Random random, String prefix) {
        this(fleet, random, prefix, false);
    }

    private Workload(Fleet fleet, Random random, String prefix, boolean isPrompt) {
        this.isPrompt = isPrompt;
        this.fleet = fleet;
        this.random = random;
        this.prefix = prefix;
        this.publications = new Publications(fleet, random);
        this.web = new WebJobs(fleet, random);
        this.drawn = new DrawnJobs(fleet, random);
    }

    /**
     * Makes the same mix without transactions that wait by their own plan. Those wait for a person, a time, a deadline,
     * or a client that is never heard of again.
     */
    public static Workload prompt(Fleet fleet, Random random, String prefix) {
        return new Workload(fleet, random, prefix, true);
    }

    /** The common facts of both halves of a transfer. */
    record Transfer(String gid, String from, String to, long cents) {}

    /** The next one: every other has a drawn plan. */
    Job next() {
        Transfer transfer = transfer();
        return !isPrompt && random.nextBoolean() ? drawn.next(transfer.gid()) : usual(transfer);
    }

    private Job usual(Transfer transfer) {
        return switch (kind()) {
            case 0, 1 -> saga(transfer, trouble(), trouble(), Job.Then.NOTHING);
            case 2 -> saga(transfer, trouble(), trouble().setReject("NOT_TODAY"), Job.Then.NOTHING);
            case 3 -> saga(transfer, trouble().setFail(true), trouble(), Job.Then.NOTHING);
            case 4 ->
                saga(
                        transfer,
                        trouble().setLoseAnswers(1 + random.nextInt(2)),
                        trouble().setFailTimes(1),
                        Job.Then.NOTHING);
            case 5 -> saga(transfer, trouble(), trouble().setDelayMs(300), changeOfMind(400));
            case 6 -> pivot(transfer, trouble());
            case 7 -> pivot(transfer, trouble().setReject("NOT_TODAY"));
            case 8 -> graph(transfer);
            case 9 -> hurried(transfer);
            case 10 -> random.nextInt(3) == 0 ? declared(transfer, trouble()) : tcc(transfer, trouble());
            case 11 -> {
                MoveRequest.Builder refused = trouble().setReject("NOT_TODAY");
                yield random.nextInt(3) == 0 ? declared(transfer, refused) : tcc(transfer, refused);
            }
            case 12 -> interactive(transfer, false);
            case 13 -> interactive(transfer, random.nextBoolean());
            case 14 -> nested(transfer, random.nextInt(3) == 0);
            case 15 -> twoPhase(transfer, trouble());
            case 16 -> twoPhase(transfer, trouble().setReject("NOT_TODAY"));
            case 17 -> publications.message(transfer);
            case 18, 19 -> publications.local(transfer);
            case 20 -> publications.event(transfer);
            case 21 -> publications.notification(transfer);
            case 22, 23 -> web.saga(transfer);
            case 24 -> web.tcc(transfer);
            case 25 -> web.message(transfer);
            case 26 -> web.notification(transfer);
            default -> approved(transfer);
        };
    }

    private int kind() {
        int kind = random.nextInt(KINDS);
        while (isPrompt && WAITING_KINDS.contains(kind)) {
            kind = random.nextInt(KINDS);
        }
        return kind;
    }

    private Job.Then changeOfMind(int withinMillis) {
        return new Change(Duration.ofMillis(random.nextInt(withinMillis)));
    }

    private Transfer transfer() {
        boolean isEastward = random.nextBoolean();
        return new Transfer(
                prefix + made++,
                TortureRig.LEDGERS.get(isEastward ? 1 : 0),
                TortureRig.LEDGERS.get(isEastward ? 0 : 1),
                1 + random.nextInt(500));
    }

    private MoveRequest.Builder trouble() {
        return trouble(random);
    }

    /** Most calls take a moment, so that faults meet them under way. */
    static MoveRequest.Builder trouble(Random random) {
        return MoveRequest.newBuilder().setDelayMs(random.nextInt(3) == 0 ? random.nextInt(400) : 0);
    }

    private Moves moves(Entente entente, String ledger, long cents, MoveRequest.Builder trouble) {
        return new Moves(entente.participant(ledger), request(random, cents, trouble));
    }

    static MoveRequest request(Random random, long cents, MoveRequest.Builder trouble) {
        return trouble.setAccount(account(random)).setCents(cents).build();
    }

    static String account(Random random) {
        return "a-" + random.nextInt(Ledger.ACCOUNTS);
    }

    /** Repeated quickly, so that a run has time for it. */
    static <B extends PlanBuilder<B>> B usual(B plan, String gid) {
        return plan.gid(gid).retry(RETRY).timeout(ATTEMPT);
    }

    // ---- sagas

    private Job saga(Transfer transfer, MoveRequest.Builder debit, MoveRequest.Builder credit, Job.Then then) {
        Entente entente = fleet.get(0);
        Saga saga = usual(entente.saga("transfer"), transfer.gid());
        boolean hasQuote = random.nextInt(3) == 0;
        Step<MoveResponse> quoted = hasQuote ? quote(saga, entente, transfer) : null;
        Step<MoveResponse> debited = debit(saga, moves(entente, transfer.from(), -transfer.cents(), debit), quoted);
        Moves in = moves(entente, transfer.to(), transfer.cents(), credit);
        Step<MoveResponse> credited =
                saga.step("credit", in.move(debited.response())).compensateWith(in.back());
        saga.result(credited);
        if (random.nextInt(8) == 0 && !isPrompt) {
            saga.delay(Duration.ofMillis(random.nextInt(1500)));
        }
        List<BranchShape> branches = new ArrayList<>();
        if (hasQuote) {
            branches.add(new BranchShape("quote", 0, false, null).repeatable());
        }
        branches.add(new BranchShape("debit", -transfer.cents(), true, hasQuote ? "quote" : "debit"));
        branches.add(new BranchShape("credit", transfer.cents(), true, "debit"));
        return Job.of(new Shape(transfer.gid(), Pattern.SAGA, branches).inSequence(), saga.toProto(), then);
    }

    private Step<MoveResponse> quote(Saga saga, Entente entente, Transfer transfer) {
        Moves ask = moves(entente, transfer.to(), 0, trouble());
        return saga.step("quote", ask.quote()).nothingToUndo();
    }

    /** Its undo carries its own receipt, unless the action carries another's. */
    private static Step<MoveResponse> debit(Saga saga, Moves out, @Nullable Step<MoveResponse> quoted) {
        return quoted == null
                ? saga.step("debit", out.move()).compensateWith(out::back)
                : saga.step("debit", out.move(quoted.response())).compensateWith(out.back());
    }

    /** Debit, then the point of no return, then something that only goes forward. */
    private Job pivot(Transfer transfer, MoveRequest.Builder credit) {
        Entente entente = fleet.get(0);
        Saga saga = usual(entente.saga("payout"), transfer.gid());
        Step<MoveResponse> debited = debit(saga, moves(entente, transfer.from(), -transfer.cents(), trouble()), null);
        Moves in = moves(entente, transfer.to(), transfer.cents(), credit);
        Step<MoveResponse> credited =
                saga.step("credit", in.move(debited.response())).nothingToUndo().pivot();
        Moves note = moves(entente, transfer.from(), 0, trouble());
        saga.step("note", note.move(credited.response())).nothingToUndo();
        return Job.of(
                new Shape(
                                transfer.gid(),
                                Pattern.SAGA,
                                List.of(
                                        new BranchShape("debit", -transfer.cents(), true, "debit"),
                                        new BranchShape("credit", transfer.cents(), false, "debit").asPivot(),
                                        new BranchShape("note", 0, false, "credit")))
                        .inSequence(),
                saga.toProto(),
                random.nextInt(4) == 0 ? changeOfMind(300) : Job.Then.NOTHING);
    }

    /** One debit, two credits at once; one of them may be refused. */
    private Job graph(Transfer transfer) {
        Entente entente = fleet.get(0);
        Saga saga = usual(entente.saga("split"), transfer.gid());
        long half = transfer.cents();
        Step<MoveResponse> debited = debit(saga, moves(entente, transfer.from(), -2 * half, trouble()), null);
        Moves here = moves(entente, transfer.from(), half, trouble());
        Moves there = moves(entente, transfer.to(), half, trouble().setReject(random.nextInt(3) == 0 ? "NO" : ""));
        saga.step("here", here.move(debited.response()))
                .compensateWith(here.back())
                .after(debited);
        saga.step("there", there.move(debited.response()))
                .compensateWith(there.back())
                .after(debited);
        return Job.of(
                new Shape(
                                transfer.gid(),
                                Pattern.SAGA,
                                List.of(
                                        new BranchShape("debit", -2 * half, true, "debit"),
                                        new BranchShape("here", half, true, "debit"),
                                        new BranchShape("there", half, true, "debit")))
                        .ordered(Map.of("here", Set.of("debit"), "there", Set.of("debit"))),
                saga.toProto(),
                Job.Then.NOTHING);
    }

    /** Its deadline comes about when its second step does. */
    private Job hurried(Transfer transfer) {
        Entente entente = fleet.get(0);
        Saga saga = usual(entente.saga("hurried"), transfer.gid()).deadline(Duration.ofMillis(700));
        Step<MoveResponse> debited = debit(
                saga,
                moves(entente, transfer.from(), -transfer.cents(), trouble().setDelayMs(400)),
                null);
        Moves in = moves(
                entente,
                transfer.to(),
                transfer.cents(),
                MoveRequest.newBuilder().setDelayMs(300));
        saga.step("credit", in.move(debited.response())).compensateWith(in.back());
        return Job.of(pair(transfer, Pattern.SAGA, "debit").inSequence(), saga.toProto(), Job.Then.NOTHING);
    }

    /**
     * Between debit and credit somebody is asked, who says yes, no, or nothing; after them comes a step that may be
     * refused.
     */
    private Job approved(Transfer transfer) {
        Entente entente = fleet.get(0);
        Saga saga = usual(entente.saga("signed"), transfer.gid());
        Step<MoveResponse> debited = debit(saga, moves(entente, transfer.from(), -transfer.cents(), trouble()), null);
        Gate gate = new Gate("sign", random.nextInt(3) == 0);
        saga.approval(gate.name())
                .within(TO_SIGN, gate.opensOnExpiry() ? ApprovalStep.Expiry.APPROVE : ApprovalStep.Expiry.REJECT);
        Moves in = moves(entente, transfer.to(), transfer.cents(), trouble());
        Step<MoveResponse> credited =
                saga.step("credit", in.move(debited.response())).compensateWith(in.back());
        Moves last = moves(entente, transfer.from(), 0, trouble().setReject(random.nextInt(3) == 0 ? "NO" : ""));
        saga.step("last", last.move(credited.response())).nothingToUndo();
        Shape shape = new Shape(
                        transfer.gid(),
                        Pattern.SAGA,
                        List.of(
                                new BranchShape("debit", -transfer.cents(), true, "debit"),
                                new BranchShape("credit", transfer.cents(), true, "debit").behind(gate),
                                new BranchShape("last", 0, false, "credit").behind(gate)))
                .inSequence();
        ApprovalAnswer verdict =
                new ApprovalAnswer(gate.name(), random.nextInt(3) > 0, Duration.ofMillis(random.nextInt(2000)));
        return Job.of(shape, saga.toProto(), random.nextInt(4) == 0 ? Job.Then.NOTHING : verdict);
    }

    /** A debit and a credit, which can both be undone. */
    static Shape pair(Transfer transfer, Pattern pattern, @Nullable String creditReads) {
        return new Shape(
                transfer.gid(),
                pattern,
                List.of(
                        new BranchShape(
                                "debit", -transfer.cents(), true, pattern == Pattern.TWO_PHASE ? null : "debit"),
                        new BranchShape("credit", transfer.cents(), true, creditReads)));
    }

    // ---- TCC and two-phase

    private Job tcc(Transfer transfer, MoveRequest.Builder credit) {
        Entente entente = fleet.get(0);
        Tcc tcc = usual(entente.tcc("transfer"), transfer.gid()).deadline(LIFE);
        Moves out = moves(entente, transfer.from(), -transfer.cents(), trouble().setLoseAnswers(random.nextInt(2)));
        Moves in = moves(entente, transfer.to(), transfer.cents(), credit);
        tcc.branch("debit", out.move(), out::back, out.back()).branch("credit", in.move(), in::back, in.back());
        Shape shape = pair(transfer, Pattern.TCC, "credit");
        if (random.nextInt(3) == 0) {
            tcc.sequential();
            shape = shape.inSequence();
        }
        return Job.of(shape, tcc.toProto(), Job.Then.NOTHING);
    }

    /** The debit's branch has a child that the plan declares, which brings half of it to another account. */
    private Job declared(Transfer transfer, MoveRequest.Builder child) {
        Entente entente = fleet.get(0);
        Tcc tcc = usual(entente.tcc("transfer"), transfer.gid()).deadline(LIFE);
        Moves out = moves(entente, transfer.from(), -2 * transfer.cents(), trouble());
        Moves share = moves(entente, transfer.to(), transfer.cents(), child);
        Moves in = moves(entente, transfer.to(), transfer.cents(), trouble());
        tcc.branch("debit", out.move(), out::back, out.back())
                .child("debit", "share", share.move(), share::back, share.back())
                .branch("credit", in.move(), in::back, in.back());
        return Job.of(family(transfer, Pattern.TCC), tcc.toProto(), Job.Then.NOTHING);
    }

    private static Shape family(Transfer transfer, Pattern pattern) {
        return new Shape(
                        transfer.gid(),
                        pattern,
                        List.of(
                                new BranchShape("debit", -2 * transfer.cents(), true, "debit"),
                                new BranchShape(Interaction.CHILD, transfer.cents(), true, Interaction.CHILD),
                                new BranchShape("credit", transfer.cents(), true, "credit")))
                .ordered(Map.of(Interaction.CHILD, Set.of("debit")));
    }

    private Job interactive(Transfer transfer, boolean isAborted) {
        // Made now: the accounts come from the seed, not from the order in which clients run.
        MoveRequest out = request(random, -transfer.cents(), trouble());
        MoveRequest in = request(random, transfer.cents(), trouble());
        return Job.interactive(
                pair(transfer, Pattern.INTERACTIVE, "credit"),
                new Interaction(transfer.from(), out, transfer.to(), in, null, isAborted));
    }

    /** The debit's branch has a child of its own, which brings half of it to another account. */
    private Job nested(Transfer transfer, boolean isAborted) {
        MoveRequest out = request(random, -2 * transfer.cents(), trouble());
        MoveRequest in = request(random, transfer.cents(), trouble());
        MoveRequest child = request(random, transfer.cents(), trouble());
        Shape shape = family(transfer, Pattern.INTERACTIVE);
        return Job.interactive(shape, new Interaction(transfer.from(), out, transfer.to(), in, child, isAborted));
    }

    private Job twoPhase(Transfer transfer, MoveRequest.Builder credit) {
        Entente entente = fleet.get(0);
        TwoPhase plan = usual(entente.twoPhase("transfer"), transfer.gid()).deadline(LIFE);
        Moves out = moves(entente, transfer.from(), -transfer.cents(), trouble().setLoseAnswers(random.nextInt(2)));
        Moves in = moves(entente, transfer.to(), transfer.cents(), credit);
        plan.branch("debit", out.prepare(), out.settle(), out.settle())
                .branch("credit", in.prepare(), in.settle(), in.settle());
        return Job.of(pair(transfer, Pattern.TWO_PHASE, null), plan.toProto(), Job.Then.NOTHING);
    }
}
