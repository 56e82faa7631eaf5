package dev.entente.server.codec;

import com.google.protobuf.ByteString;
import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.plan.Finding;
import dev.entente.core.plan.Findings;
import dev.entente.core.plan.Limits;
import dev.entente.core.plan.PlanCheck;
import dev.entente.core.plan.PlanPath;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.stored.v1.StoredPlan;
import dev.entente.v1.Operation;
import dev.entente.v1.PlanOrBuilder;
import dev.entente.v1.SagaStep;
import dev.entente.v1.TccBranch;
import dev.entente.v1.XaBranch;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The API's plan to the noun, and both to the bytes of the row. Immutable and thread-safe.
 *
 * <p>The row keeps what was submitted, as {@link PlanBytes} write it, and a digest of it. Defaults are filled in when it
 * is read, so the row does not carry them.
 */
public final class PlanCodec {
    private static final int FORMAT = 2;

    private final CallPolicy forward;
    private final CallPolicy settling;
    private final CallPolicy notification;

    /**
     * A codec with these defaults.
     *
     * @param forward the policy of a forward operation of which neither the operation nor the plan says anything
     * @param settling the same for completions and undos
     * @param notification the same for notifications
     */
    public PlanCodec(CallPolicy forward, CallPolicy settling, CallPolicy notification) {
        this.forward = forward;
        this.settling = settling;
        this.notification = notification;
    }

    /** With the standard number of attempts of a notification. */
    public PlanCodec(CallPolicy forward, CallPolicy settling) {
        this(forward, settling, forward.withMaxAttempts(CallPolicy.NOTIFICATION_ATTEMPTS));
    }

    /** With the defaults that hold where nothing is configured. */
    public static PlanCodec standard() {
        return new PlanCodec(CallPolicy.standard(Role.FORWARD), CallPolicy.standard(Role.UNDO));
    }

    /**
     * A plan that came in.
     *
     * @param plan with all defaults; where something cannot be represented, a finding says so and a harmless value
     *     stands for it
     * @param encoded as it is stored
     * @param digest of the encoding: {@link PlanBytes#digest}
     * @param findings what the noun cannot show: malformed targets and paths, unknown fields, a step that does not say
     *     whether it can be undone
     * @param children the plans of steps that are messages, by the place of the step
     */
    public record Decoded(
            Plan plan, ByteString encoded, ByteString digest, List<Finding> findings, Map<String, Decoded> children) {

        Decoded(Plan plan, ByteString encoded, ByteString digest, List<Finding> findings) {
            this(plan, encoded, digest, findings, Map.of());
        }

        /** Everything that is wrong with a plan to be submitted; empty if it may be accepted without a word. */
        public List<Finding> check(Limits limits, Instant now, boolean strict) {
            List<Finding> all = new ArrayList<>(PlanCheck.check(plan, limits, now, strict));
            children.forEach((step, child) -> child.check(limits, now, strict).stream()
                    .filter(finding -> !isGivenByParent(finding))
                    .forEach(finding -> all.add(finding.moved("plan", step))));
            return joined(all, limits);
        }

        /** Tells whether it is about the name or the labels that a child has from its step and its parent. */
        private static boolean isGivenByParent(Finding finding) {
            return finding.code() == ErrorCode.NAME && !finding.field().startsWith("plan.message");
        }

        /** Checks a plan with which a client begins, to register branches and to decide later. */
        public List<Finding> checkBegun(Limits limits, Instant now) {
            return joined(PlanCheck.checkBegun(plan, limits, now), limits);
        }

        private List<Finding> joined(List<Finding> checked, Limits limits) {
            Findings all = new Findings();
            all.addAll(findings);
            all.addAll(checked);
            if (encoded.size() > limits.planBytes()) {
                all.add(Finding.error(
                        ErrorCode.TOO_LARGE,
                        "plan",
                        "the plan has %s bytes, at most %s are allowed; send references instead of payloads"
                                .formatted(encoded.size(), limits.planBytes())));
            }
            return all.list();
        }
    }

    /**
     * A branch that a client registers.
     *
     * @param branch for checks; {@link #registered} says how it stands in its transaction
     * @param encoded what is appended to the row's plan
     */
    public record DecodedBranch(Branch branch, ByteString encoded, List<Finding> findings) {

        /** Everything that is wrong with it, as far as it can be told without its transaction. */
        public List<Finding> check(Limits limits) {
            Findings all = new Findings();
            all.addAll(findings);
            all.addAll(PlanCheck.checkBranch(branch, limits));
            return all.list();
        }
    }

    /** Reads a plan that a client sent. Its gid is not looked at: {@link PlanCheck#checkGid}. */
    public Decoded decode(dev.entente.v1.Plan message) {
        Findings findings = new Findings();
        Plan plan = read(message, StoredPlan.getDefaultInstance(), findings);
        ByteString encoded = PlanBytes.encode(message);
        return new Decoded(plan, encoded, PlanBytes.digest(encoded), findings.list(), children(message));
    }

    private Map<String, Decoded> children(PlanOrBuilder message) {
        Map<String, Decoded> children = new TreeMap<>();
        for (int i = 0; i < message.getSaga().getStepsCount(); i++) {
            SagaStep step = message.getSaga().getSteps(i);
            if (step.hasMessage()) {
                children.put(new PlanPath(Pattern.SAGA, i, null).field(""), decode(ChildPlan.submitted(message, step)));
            }
        }
        return children;
    }

    /** Reads a branch that a client registers. */
    public DecodedBranch decodeBranch(TccBranch message) {
        Findings findings = new Findings();
        var alone = PlanBytes.ofBranch(message);
        Branch branch = read(alone, PlanBytes.registeredAt(Instant.EPOCH), findings)
                .branches()
                .getFirst();
        String here = new PlanPath(Pattern.TCC, 0, null).field("");
        List<Finding> moved = findings.list().stream()
                .map(finding -> finding.moved(here, "tcc"))
                .toList();
        return new DecodedBranch(branch, PlanBytes.encode(alone), moved);
    }

    /**
     * The registered branch as it stands in its transaction, where the plan's defaults apply to it. It equals the
     * branch of the same id that {@link #decodeStored} finds exactly if both were registered with the same content.
     *
     * @param storedPlan of the row, with or without the branch
     * @param encoded {@link PlanBytes#registeredAt}
     * @throws UnreadableRow if either is damaged
     */
    public Branch registered(ByteString storedPlan, ByteString encoded) {
        var merged = PlanBytes.parse(storedPlan).toBuilder();
        var registration = PlanBytes.parse(encoded);
        TccBranch branch = registration.getTcc().getBranches(0);
        List<TccBranch> branches = merged.getTcc().getBranchesList();
        int at = 0;
        while (at < branches.size() && !PlanReader.path(branches.get(at)).equals(PlanReader.path(branch))) {
            at++;
        }
        if (at < branches.size()) {
            merged.getTccBuilder().setBranches(at, branch);
        } else {
            merged.getTccBuilder().addBranches(branch);
        }
        var stored = merged.build();
        long registeredMs = PlanBytes.ours(registration).getRegisteredMs(0);
        return sound(PlanBytes.withoutOurs(stored), PlanBytes.ours(stored))
                .branches()
                .get(at)
                .registered(Instant.ofEpochMilli(registeredMs));
    }

    /** Returns the format in which this coordinator writes plan and progress, as the row's column {@code format} has it. */
    public static int format() {
        return FORMAT;
    }

    /**
     * Reads the plan of a row. Of branches with one id the first wins: two nodes may have appended the same.
     *
     * @throws UnreadableRow if the format is unknown or the bytes are damaged
     */
    public Plan decodeStored(int format, ByteString bytes) {
        if (format > format()) {
            throw UnreadableRow.ofFormat(format, format());
        }
        var stored = PlanBytes.parse(bytes);
        return firstOfEachId(sound(PlanBytes.withoutOurs(stored), PlanBytes.ours(stored)));
    }

    /**
     * Encodes what is kept of an ended transaction's plan: the same message as in an open row, without its name, which
     * has a column, and with what holds by {@link CallPolicy#standard} left out.
     *
     * @param keepsPayloads whether bodies, headers and keys stay
     */
    public static ByteString encodeEnded(Plan plan, boolean keepsPayloads) {
        StoredPlan.Builder ours = StoredPlan.newBuilder();
        for (Branch branch : plan.branches()) {
            if (branch.registeredAt() != null) {
                ours.addRegisteredMs(branch.registeredAt().toEpochMilli());
            }
            if (!plan.terms().topics().isEmpty() && !branch.pivot()) {
                ours.addDelivery(branch.id());
            }
        }
        ByteString encoded = PlanBytes.encode(PlanWriter.ended(plan, keepsPayloads));
        return PlanBytes.by(plan.submitter(), encoded.concat(ours.build().toByteString()));
    }

    /**
     * Reads what {@link #encodeEnded} wrote. Fields that only newer coordinators know are not shown.
     *
     * @throws UnreadableRow if the bytes are damaged
     */
    public static Plan decodeEnded(ByteString bytes, String name) {
        var message = PlanBytes.known(bytes).toBuilder().setName(name).build();
        var whole = Operations.map(message, "plan", PlanCodec::whole);
        return standard().sound(whole, PlanBytes.ours(PlanBytes.parse(bytes)));
    }

    /** Puts the participant and the service back, where only the method was written. */
    private static Operation whole(Operation operation, Operations.Place place) {
        if (!operation.getGrpc().startsWith("/")) {
            return operation;
        }
        String forward = switch (place.holder()) {
            case SagaStep step
            when step.hasNotification() -> step.getNotification().getDeliver().getGrpc();
            case SagaStep step -> step.getAction().getGrpc();
            case TccBranch branch -> branch.getTry().getGrpc();
            case XaBranch branch -> branch.getPrepare().getGrpc();
            default -> "";
        };
        String service = forward.substring(0, Math.max(0, forward.lastIndexOf('/')));
        return operation.toBuilder().setGrpc(service + operation.getGrpc()).build();
    }

    /**
     * The plan of a transaction that a branch has accepted instead of a call: named after the branch, with its parent's
     * labels and submitter.
     *
     * @param request with its bindings filled in
     */
    public Decoded child(Plan parent, Branch branch, ByteString request) {
        Decoded decoded = decode(ChildPlan.of(parent.labels(), branch, request));
        return new Decoded(
                decoded.plan().by(parent.submitter()),
                PlanBytes.by(parent.submitter(), decoded.encoded()),
                decoded.digest(),
                decoded.findings());
    }

    private Plan read(PlanOrBuilder message, StoredPlan ours, Findings findings) {
        // what nothing can turn is asked for as long as what was decided
        CallPolicy first = message.hasMessage() ? settling : forward;
        return new PlanReader(message, ours, first, settling, notification, findings).plan();
    }

    /** A stored plan was checked: what cannot be represented came into it afterwards. */
    private Plan sound(PlanOrBuilder message, StoredPlan ours) {
        Findings findings = new Findings();
        Plan plan = read(message, ours, findings);
        if (findings.list().isEmpty()) {
            return ours.getSubmitter().isEmpty() ? plan : plan.by(ours.getSubmitter());
        }
        Finding first = findings.list().getFirst();
        throw new UnreadableRow("the stored plan is damaged: " + first.field() + ": " + first.message());
    }

    /** A subscription's delivery, to be checked as if it stood in a message. */
    public Decoded decodeDelivery(Operation deliver) {
        return decode(ChildPlan.ofSubscription(deliver));
    }

    private static Plan firstOfEachId(Plan plan) {
        Set<String> ids = HashSet.newHashSet(plan.branches().size());
        List<Branch> first = new ArrayList<>(plan.branches().size());
        for (Branch branch : plan.branches()) {
            if (ids.add(branch.id())) {
                first.add(branch);
            }
        }
        if (first.size() == plan.branches().size()) {
            return plan;
        }
        return plan.of(first);
    }
}
