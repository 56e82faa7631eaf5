package dev.entente.server.codec;

import dev.entente.server.transaction.Approval;
import dev.entente.server.transaction.Binding;
import dev.entente.server.transaction.BindingPath;
import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.BranchProgress;
import dev.entente.server.transaction.CallPolicy;
import dev.entente.server.transaction.Course;
import dev.entente.server.transaction.FieldPath;
import dev.entente.server.transaction.History;
import dev.entente.server.transaction.JsonPointer;
import dev.entente.server.transaction.Operation;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Progress;
import dev.entente.server.transaction.Role;
import dev.entente.server.transaction.Target;
import dev.entente.server.transaction.TransactionState;
import dev.entente.stored.v1.OutlineApproval;
import dev.entente.stored.v1.OutlineBinding;
import dev.entente.stored.v1.OutlineBranch;
import dev.entente.stored.v1.OutlineHttp;
import dev.entente.stored.v1.OutlineKafka;
import dev.entente.stored.v1.OutlineOperation;
import dev.entente.stored.v1.OutlineOrBuilder;
import dev.entente.stored.v1.Policy;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Reads one outline. Throws IllegalArgumentException or IndexOutOfBoundsException where it is damaged. */
final class OutlineReader {
    private final OutlineOrBuilder outline;

    OutlineReader(OutlineOrBuilder outline) {
        this.outline = outline;
    }

    Plan plan(Pattern pattern, String name) {
        List<OutlineBranch> branches = outline.getBranchesList();
        return new Plan(
                        pattern,
                        name,
                        labels(),
                        outline.hasDeadlineMs() ? Duration.ofMillis(outline.getDeadlineMs()) : null,
                        outline.hasStartTimeMs() ? StoredCodes.time(outline.getStartTimeMs()) : null,
                        outline.getResultBranch() == 0 ? null : id(outline.getResultBranch() - 1),
                        IntStream.range(0, branches.size())
                                .mapToObj(i -> branch(branches.get(i), i))
                                .toList())
                .by(outline.getSubmitter().isEmpty() ? null : outline.getSubmitter());
    }

    Progress progress(TransactionState state, History history) {
        List<BranchProgress> branches = outline.getBranchesList().stream()
                .map(branch -> ProgressCodec.branch(branch.getProgress()))
                .toList();
        Course course = new Course(
                ProgressCodec.abortReason(outline.getAbortReason()),
                outline.getDetail(),
                outline.getForced(),
                outline.getPivotRevision(),
                outline.getDecidedRevision());
        return new Progress(state, branches, course, null, outline.getRestRev() - 1, history);
    }

    private Map<String, String> labels() {
        Map<String, String> labels = outline.getLabelsMap();
        return labels.isEmpty() ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(labels));
    }

    private String id(int branch) {
        return outline.getTexts(outline.getBranches(branch).getId());
    }

    private Branch branch(OutlineBranch branch, int index) {
        return new Branch(
                outline.getTexts(branch.getId()),
                branch.getParent() == 0 ? null : id(branch.getParent() - 1),
                new Branch.Operations(
                        operation(branch.getForward(), Role.FORWARD),
                        branch.hasCompletion() ? operation(branch.getCompletion(), Role.COMPLETION) : null,
                        branch.hasUndo() ? operation(branch.getUndo(), Role.UNDO) : null),
                after(branch, index),
                new Branch.Commitment(branch.getPivot(), branch.getRetriable()),
                branch.hasApproval() ? approval(branch.getApproval()) : null,
                new Branch.Origin(
                        branch.getContinues() == 0 ? null : id(branch.getContinues() - 1),
                        branch.hasRegisteredMs() ? StoredCodes.time(branch.getRegisteredMs()) : null));
    }

    private static Approval approval(OutlineApproval approval) {
        return new Approval(
                approval.getPrompt(),
                Duration.ofMillis(approval.getWithinMs()),
                Approval.Expiry.of(approval.getOnExpiry()),
                List.copyOf(approval.getApproversList()));
    }

    private List<String> after(OutlineBranch branch, int index) {
        if (branch.getApart()) {
            return branch.getAfterList().stream().map(this::id).toList();
        }
        return index == 0 ? List.of() : List.of(id(index - 1));
    }

    private Operation operation(OutlineOperation operation, Role role) {
        return new Operation(
                target(operation),
                operation.getBody(),
                operation.getBindList().stream().map(this::binding).toList(),
                operation.getPolicy() == 0
                        ? CallPolicy.standard(role)
                        : policy(outline.getPolicies(operation.getPolicy() - 1)),
                operation.getChild() == 0 ? null : Pattern.of(operation.getChild()));
    }

    private Target target(OutlineOperation operation) {
        if (operation.hasHttp()) {
            OutlineHttp http = operation.getHttp();
            return new Target.Http(
                    outline.getTexts(http.getParticipant()),
                    outline.getTexts(http.getMethod()),
                    outline.getTexts(http.getPath()),
                    http.getHeadersMap());
        }
        if (operation.hasKafka()) {
            OutlineKafka kafka = operation.getKafka();
            return new Target.Kafka(
                    outline.getTexts(kafka.getConnector()),
                    outline.getTexts(kafka.getTopic()),
                    kafka.getKey(),
                    kafka.getHeadersMap());
        }
        String participant = outline.getTexts(operation.getTarget(0));
        String last = outline.getTexts(operation.getTarget(operation.getTargetCount() - 1));
        boolean isInTwo = operation.getTargetCount() > 2;
        return new Target.Grpc(participant, isInTwo ? outline.getTexts(operation.getTarget(1)) + "/" + last : last);
    }

    private Binding binding(OutlineBinding binding) {
        return new Binding(
                id(binding.getFrom()),
                StoredCodes.role(binding.getRole()),
                path(binding.getFromPathList(), binding.getFromPointer()),
                path(binding.getToPathList(), binding.getToPointer()),
                binding.getRequired());
    }

    private static BindingPath path(List<Integer> numbers, String pointer) {
        if (pointer.isEmpty()) {
            return new FieldPath(numbers);
        }
        JsonPointer read = JsonPointer.parse(pointer);
        if (read == null) {
            throw new IllegalArgumentException("'" + pointer + "' is no JSON pointer");
        }
        return read;
    }

    private static CallPolicy policy(Policy policy) {
        return new CallPolicy(
                Duration.ofMillis(policy.getTimeoutMs()),
                policy.getMaxAttempts(),
                Duration.ofMillis(policy.getFirstBackoffMs()),
                Duration.ofMillis(policy.getMaxBackoffMs()),
                policy.getMultiplier(),
                policy.getScheduleMsList().stream().map(Duration::ofMillis).toList());
    }
}
