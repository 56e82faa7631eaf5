package dev.entente.simulation.reference;

import dev.entente.simulation.reference.StoredRecord.Stage;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The evidence about one transaction after its end. Times in milliseconds.
 *
 * @param steps the history, oldest first
 * @param isForced whether an operator forced the end
 * @param requests the requests and their answers: {@link Observation.Asked} and {@link Observation.Replied}
 * @param arrivals the arrivals of coordinators' calls at participants, oldest first
 * @param answers the participants' answers to any caller; each is written down before it leaves
 * @param children the latest possible time of acceptance per step with a child transaction
 */
public record FinalEvidence(
        List<Step> steps,
        boolean isForced,
        List<Observation> requests,
        List<Arrival> arrivals,
        List<Answer> answers,
        Map<String, Long> children) {

    /**
     * An event of the history.
     *
     * @param stage the state after the event
     * @param entry null if the rules do not know the event
     */
    public record Step(long at, Stage stage, @Nullable RecordEntry entry) {}

    /** The arrival of a call at its participant. */
    public record Arrival(long at, String branch, String operation) {}

    /**
     * The answer of a participant to one call.
     *
     * @param tried the paths of the children that a try's answer names (trailer {@code entente-tried}), or null without
     *     this trailer
     */
    public record Answer(
            long at,
            String branch,
            String operation,
            OutcomeKind kind,
            @Nullable Set<String> tried) {

        /** Creates an answer without the trailer. */
        public Answer(long at, String branch, String operation, OutcomeKind kind) {
            this(at, branch, operation, kind, null);
        }
    }

    public FinalEvidence {
        steps = List.copyOf(steps);
        requests = List.copyOf(requests);
        arrivals = List.copyOf(arrivals);
        answers = List.copyOf(answers);
        children = Map.copyOf(children);
    }

    /** Returns whether that operation had an answer of that kind by that time. */
    boolean isAnswered(String branch, String operation, OutcomeKind kind, long at) {
        return answers.stream()
                .anyMatch(answer -> answer.at() <= at
                        && answer.kind() == kind
                        && answer.branch().equals(branch)
                        && answer.operation().equals(operation));
    }
}
