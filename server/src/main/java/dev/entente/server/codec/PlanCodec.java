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
import org.jspecify.annotations.Nullable;

/**
 * Converts the API's plan to the core's plan, and both to the bytes of the row. Immutable and thread-safe.
 *
 * <p>The row stores the submitted plan, as {@link PlanBytes} writes it, and its digest. Defaults are filled in when the
 * row is read, so the row does not contain them.
 */
public final class PlanCodec {
    private static final int FORMAT = 3;

    private final CallPolicy forward;
    private final CallPolicy settling;
    private final CallPolicy notification;

    /**
     * Creates a codec with defaults.
     *
     * @param forward the policy of a forward operation if neither the operation nor the plan sets one
     * @param settling the default policy of completions and undos
     * @param notification the default policy of notifications
     */
    public PlanCodec(CallPolicy forward, CallPolicy settling, CallPolicy notification) {
        this.forward = forward;
        this.settling = settling;
        this.notification = notification;
    }

    /** Creates a codec with the standard number of attempts for notifications. */
    public PlanCodec(CallPolicy forward, CallPolicy settling) {
        this(forward, settling, forward.withMaxAttempts(CallPolicy.NOTIFICATION_ATTEMPTS));
    }

    /** Returns a codec with the defaults of an empty configuration. */
    public static PlanCodec standard() {
        return new PlanCodec(CallPolicy.standard(Role.FORWARD), CallPolicy.standard(Role.UNDO));
    }

    /**
     * A decoded plan of a client.
     *
     * @param plan with all defaults; a part that cannot be represented has a finding and a harmless value
     * @param encoded the stored form
     * @param digest of the encoding: {@link PlanBytes#digest}
     * @param findings the faults that {@code plan} cannot show: malformed targets and paths, unknown fields, a step
     *     that does not state whether it can be undone
     * @param children the plans of steps that are messages, by the place of the step
     */
    public record Decoded(
            Plan plan, ByteString encoded, ByteString digest, List<Finding> findings, Map<String, Decoded> children) {

        Decoded(Plan plan, ByteString encoded, ByteString digest, List<Finding> findings) {
            this(plan, encoded, digest, findings, Map.of());
        }

        /** Returns this plan with its submitter and the trace context of the submit. The digest is unchanged. */
        public Decoded by(@Nullable String submitter, @Nullable ByteString trace) {
            Plan named = submitter == null ? plan : plan.by(submitter);
            ByteString stored = PlanBytes.in(trace, PlanBytes.by(submitter, encoded));
            return new Decoded(named.in(trace), stored, digest, findings, children);
        }

        /** Returns all findings of a plan to be submitted; empty if it may be accepted without warning. */
        public List<Finding> check(Limits limits, Instant now, boolean strict) {
            List<Finding> all = new ArrayList<>(PlanCheck.check(plan, limits, now, strict));
            children.forEach((step, child) -> child.check(limits, now, strict).stream()
                    .filter(finding -> !isGivenByParent(finding))
                    .forEach(finding -> all.add(finding.moved("plan", step))));
            return joined(all, limits);
        }

        /** Returns whether a finding concerns the name or labels that a child gets from its step and its parent. */
        private static boolean isGivenByParent(Finding finding) {
            return finding.code() == ErrorCode.NAME && !finding.field().startsWith("plan.message");
        }

        /** Checks the plan of a client that registers branches and decides later. */
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
     * @param branch for checks; {@link #registered} returns its form in the transaction
     * @param encoded the bytes to append to the row's plan
     */
    public record DecodedBranch(Branch branch, ByteString encoded, List<Finding> findings) {

        /** Returns all findings that need no knowledge of the transaction. */
        public List<Finding> check(Limits limits) {
            Findings all = new Findings();
            all.addAll(findings);
            all.addAll(PlanCheck.checkBranch(branch, limits));
            return all.list();
        }
    }

    /** Decodes a client's plan. The gid is ignored: {@link PlanCheck#checkGid} checks the gid. */
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

    /** Decodes a branch that a client registers. */
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
     * Returns a registered branch within its transaction, with the plan's defaults. It equals the branch of the same id
     * from {@link #decodeStored} exactly if both were registered with the same content.
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
        return sound(PlanBytes.withoutOurs(stored), PlanBytes.ours(stored), PlanBytes.TRACE_BYTES)
                .branches()
                .get(at)
                .registered(Instant.ofEpochMilli(registeredMs));
    }

    /** Returns the format of plan and progress that this coordinator writes, for the column {@code format}. */
    public static int format() {
        return FORMAT;
    }

    /**
     * Reads the plan of a row. The first of several branches with one id wins: two nodes may have appended the same
     * branch.
     *
     * @throws UnreadableRow if the format is unknown or the bytes are damaged
     */
    public Plan decodeStored(int format, ByteString bytes) {
        if (format > format()) {
            throw UnreadableRow.ofFormat(format, format());
        }
        var stored = PlanBytes.parse(bytes);
        return firstOfEachId(sound(PlanBytes.withoutOurs(stored), PlanBytes.ours(stored), PlanBytes.TRACE_BYTES));
    }

    /**
     * Encodes the stored part of an ended transaction's plan. It is the message of an open row without its name, which
     * has a column, and without the values of {@link CallPolicy#standard}.
     *
     * @param keepsPayloads whether to keep bodies, headers and keys
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
        if (plan.trace() != null) {
            ours.setTrace(PlanBytes.traceId(plan.trace()));
        }
        ByteString encoded = PlanBytes.encode(PlanWriter.ended(plan, keepsPayloads));
        return PlanBytes.by(plan.submitter(), encoded.concat(ours.build().toByteString()));
    }

    /**
     * Reads the bytes of {@link #encodeEnded}. Fields that only newer coordinators know are not shown.
     *
     * @throws UnreadableRow if the bytes are damaged
     */
    public static Plan decodeEnded(ByteString bytes, String name) {
        var message = PlanBytes.known(bytes).toBuilder().setName(name).build();
        var whole = Operations.map(message, "plan", PlanCodec::whole);
        return standard().sound(whole, PlanBytes.ours(PlanBytes.parse(bytes)), PlanBytes.TRACE_ID_BYTES);
    }

    /** Adds participant and service to a target of which only the method was written. */
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
     * Returns the plan of the child transaction that replaces a call of a branch: named after the branch, with its
     * parent's labels, submitter and trace.
     *
     * @param request with its bindings filled in
     */
    public Decoded child(Plan parent, Branch branch, ByteString request) {
        return decode(ChildPlan.of(parent.labels(), branch, request)).by(parent.submitter(), parent.trace());
    }

    private Plan read(PlanOrBuilder message, StoredPlan ours, Findings findings) {
        // a message never compensates, so its forward calls get the default policy of completions
        CallPolicy first = message.hasMessage() ? settling : forward;
        return new PlanReader(message, ours, first, settling, notification, findings).plan();
    }

    /** Reads a stored plan. The plan was checked before, so any finding means damage. */
    private Plan sound(PlanOrBuilder message, StoredPlan ours, int traceBytes) {
        Findings findings = new Findings();
        Plan plan = read(message, ours, findings);
        if (findings.list().isEmpty()) {
            Plan named = ours.getSubmitter().isEmpty() ? plan : plan.by(ours.getSubmitter());
            return named.in(PlanBytes.trace(ours, traceBytes));
        }
        Finding first = findings.list().getFirst();
        throw new UnreadableRow("the stored plan is damaged: " + first.field() + ": " + first.message());
    }

    /** Decodes a subscription's delivery, to check it like a delivery in a message. */
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
