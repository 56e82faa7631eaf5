package dev.entente.core.decision;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.FieldPath;
import dev.entente.core.transaction.MessageTerms;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A short notation for plans in tests: {@code saga(step("a"), step("b").after("a").pivot())}. */
public final class Sketch {
    private final Pattern pattern;
    private final List<Part> parts;
    private @Nullable String submitter;
    private @Nullable Duration deadline;
    private @Nullable Instant start;
    private @Nullable String result;
    private boolean isThreePhase;
    private @Nullable Part question;
    private String orderingKey = "";
    private Map<String, String> topics = Map.of();

    private Sketch(Pattern pattern, Part... parts) {
        this.pattern = pattern;
        this.parts = List.of(parts);
    }

    /** Creates a saga. Its steps run one after another, unless a step has {@code after}. */
    static Sketch saga(Part... steps) {
        boolean isGraph = List.of(steps).stream().anyMatch(step -> !step.after.isEmpty());
        for (int i = 1; i < steps.length && !isGraph; i++) {
            steps[i].after.add(steps[i - 1].id);
        }
        return new Sketch(Pattern.SAGA, steps);
    }

    /** Creates a saga: a, then no (retriable) and other in parallel, then behind after no. */
    static Sketch branchBehindRetriable() {
        return saga(
                step("a"),
                step("no").after("a").retriable(),
                step("other").after("a"),
                step("behind").after("no"));
    }

    /** Creates a TCC transaction. Its branches run in parallel, unless a branch has {@code after}. */
    static Sketch tcc(Part... branches) {
        return new Sketch(Pattern.TCC, branches);
    }

    /** Creates a two-phase transaction with parallel branches. */
    static Sketch twoPhase(Part... branches) {
        return new Sketch(Pattern.TWO_PHASE, branches);
    }

    /** Creates a two-phase transaction with a pre-commit of every branch before the decision. */
    static Sketch threePhase(Part... branches) {
        Sketch sketch = twoPhase(branches);
        sketch.isThreePhase = true;
        return sketch;
    }

    /** Creates a message with parallel deliveries. */
    public static Sketch message(Part... deliveries) {
        List.of(deliveries).forEach(Part::noUndo);
        return new Sketch(Pattern.MESSAGE, deliveries);
    }

    /** Creates a notification with one delivery. */
    static Sketch notification(Part deliver) {
        return new Sketch(Pattern.NOTIFICATION, deliver.noUndo());
    }

    /** Adds a check-back, called at most that often: after ten seconds and then every ten seconds. */
    public Sketch checkedBack(int limit) {
        question = new Part(Branch.CHECK_BACK).attempts(limit).noUndo().pivot();
        parts.forEach(part -> part.after(Branch.CHECK_BACK));
        return this;
    }

    /** Sends that delivery to a topic. Its subscribers are the parts named like {@code delivery-1.name}. */
    Sketch published(String delivery, String topic) {
        topics = Map.of(delivery, topic);
        return this;
    }

    /** Gives the deliveries an ordering key. */
    Sketch ordered() {
        orderingKey = "key";
        return this;
    }

    public static Part step(String id) {
        return new Part(id);
    }

    Sketch deadline(Duration fromAcceptance) {
        deadline = fromAcceptance;
        return this;
    }

    Sketch submittedBy(String principal) {
        submitter = principal;
        return this;
    }

    Sketch startAt(Instant time) {
        start = time;
        return this;
    }

    public Sketch result(String branch) {
        result = branch;
        return this;
    }

    public Plan plan() {
        List<Branch> branches = new ArrayList<>();
        MessageTerms terms =
                new MessageTerms(question == null ? null : CallPolicy.CHECK_BACK_EVERY, topics, orderingKey);
        if (question != null) {
            Branch check = question.branch(pattern);
            Operation asking = check.forward();
            CallPolicy every = asking.policy().withSchedule(List.of(CallPolicy.CHECK_BACK_EVERY));
            Operation patient = new Operation(asking.target(), asking.body(), asking.bindings(), every);
            branches.add(new Branch(check.id(), null, patient, null, null, List.of(), Branch.Commitment.PIVOT));
        }
        parts.forEach(part -> branches.add(part.branch(pattern)));
        List<String> ids = branches.stream().map(Branch::id).toList();
        for (Part part : isThreePhase ? parts : List.<Part>of()) {
            Operation second = part.operation(part.attempts, List.of(), part.secondTimeout);
            branches.add(Branch.preCommit(part.id, second, ids));
        }
        return new Plan(pattern, "test", Map.of(), deadline, start, result, List.copyOf(branches))
                .withTerms(terms)
                .by(submitter);
    }

    /** One branch of a sketch. */
    public static final class Part {
        private final String id;
        private final List<String> after = new ArrayList<>();
        private final List<Binding> forward = new ArrayList<>();
        private final List<Binding> undo = new ArrayList<>();
        private final List<Binding> completing = new ArrayList<>();
        private int attempts = CallPolicy.FORWARD_ATTEMPTS;
        private int undoAttempts = CallPolicy.SETTLING_ATTEMPTS;
        private Duration timeout = Duration.ofSeconds(30);
        private Duration secondTimeout = timeout;
        private Duration backoff = Duration.ofSeconds(1);
        private List<Duration> schedule = List.of();
        private boolean hasUndo = true;
        private boolean hasCompletion = true;
        private boolean isPivot;
        private boolean isRetriable;
        private @Nullable Approval approval;
        private String method;

        private Part(String id) {
            this.id = id;
            this.method = id;
        }

        /** Sets the called method. Parts with an equal method have the same receiver. */
        Part to(String sameMethod) {
            method = sameMethod;
            return this;
        }

        Part after(String... ids) {
            after.addAll(List.of(ids));
            return this;
        }

        /** Makes the step the pivot. */
        Part pivot() {
            isPivot = true;
            return this;
        }

        Part retriable() {
            isRetriable = true;
            return this;
        }

        /** Makes the step an approval. */
        Part approval(Duration within, Approval.Expiry onExpiry, String... approvers) {
            approval = new Approval("may it?", within, onExpiry, List.of(approvers));
            hasUndo = false;
            return this;
        }

        Part noUndo() {
            hasUndo = false;
            return this;
        }

        Part noCompletion() {
            hasCompletion = false;
            return this;
        }

        String id() {
            return id;
        }

        Part attempts(int forwardAttempts) {
            attempts = forwardAttempts;
            return this;
        }

        Part undoAttempts(int settlingAttempts) {
            undoAttempts = settlingAttempts;
            return this;
        }

        Part timeout(Duration ofOneAttempt) {
            timeout = ofOneAttempt;
            secondTimeout = ofOneAttempt;
            return this;
        }

        /** Sets the timeout of a pre-commit; called after {@link #timeout}. */
        Part secondTimeout(Duration ofOneAttempt) {
            secondTimeout = ofOneAttempt;
            return this;
        }

        Part backoff(Duration first) {
            backoff = first;
            return this;
        }

        /** Sets the exact pauses between attempts. */
        Part schedule(Duration... pauses) {
            schedule = List.of(pauses);
            return this;
        }

        /** Lets the action read field 1 of that branch's response. */
        Part reads(String from) {
            forward.add(binding(from, false));
            return this;
        }

        Part requires(String from) {
            forward.add(binding(from, true));
            return this;
        }

        Part undoReads(String from) {
            undo.add(binding(from, false));
            return this;
        }

        Part undoRequires(String from) {
            undo.add(binding(from, true));
            return this;
        }

        Part confirmRequires(String from) {
            completing.add(binding(from, true));
            return this;
        }

        private static Binding binding(String from, boolean required) {
            FieldPath field = new FieldPath(List.of(1));
            return new Binding(from, Role.FORWARD, field, field, required);
        }

        Branch branch(Pattern pattern) {
            boolean isCompleted = hasCompletion && pattern.hasCompletion();
            Operation completion = isCompleted ? operation(undoAttempts, completing) : null;
            Operation back = hasUndo ? operation(undoAttempts, undo) : null;
            int slash = id.lastIndexOf('/');
            String parent = slash < 0 ? null : id.substring(0, slash);
            List<String> order = after.isEmpty() && parent != null ? List.of(parent) : List.copyOf(after);
            Operation action = operation(attempts, forward);
            return new Branch(
                    id,
                    parent,
                    new Branch.Operations(action, completion, back),
                    order,
                    new Branch.Commitment(isPivot, isRetriable),
                    approval,
                    Branch.Origin.PLAN);
        }

        private Operation operation(int maxAttempts, List<Binding> bindings) {
            return operation(maxAttempts, bindings, timeout);
        }

        private Operation operation(int maxAttempts, List<Binding> bindings, Duration ofOneAttempt) {
            CallPolicy policy =
                    new CallPolicy(ofOneAttempt, maxAttempts, backoff, Duration.ofMinutes(5), 2.0, schedule);
            Target target = new Target.Grpc("participant", "test.v1.Service/" + method.replace('-', '_'));
            return new Operation(target, ByteString.EMPTY, List.copyOf(bindings), policy);
        }
    }
}
