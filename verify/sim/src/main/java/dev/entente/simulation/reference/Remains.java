package dev.entente.simulation.reference;

import dev.entente.simulation.reference.StoredRecord.Stage;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The remains of one transaction when all is over. Times in milliseconds.
 *
 * @param steps its history, oldest first
 * @param isForced whether an operator ended it
 * @param requests what was asked of it, and answered: {@link Observation.Asked} and {@link Observation.Replied}
 * @param arrivals the coordinators' calls as they came to participants, oldest first
 * @param answers what participants answered, to whomever; each is written down before it leaves
 * @param children when the transactions of those steps that are one were accepted, at the latest
 */
public record Remains(
        List<Step> steps,
        boolean isForced,
        List<Observation> requests,
        List<Arrival> arrivals,
        List<Answer> answers,
        Map<String, Long> children) {

    /**
     * An event of the history.
     *
     * @param stage after it
     * @param entry null where the rules know no such event
     */
    public record Step(long at, Stage stage, @Nullable RecordEntry entry) {}

    /** A call at its participant. */
    public record Arrival(long at, String branch, String operation) {}

    /**
     * The answer of a participant to one call.
     *
     * @param tried the children that a try's answer names (trailer {@code entente-tried}), by their paths, or null
     *     where there is no such trailer
     */
    public record Answer(
            long at,
            String branch,
            String operation,
            AnswerKind kind,
            @Nullable Set<String> tried) {

        /** Makes an answer without that trailer. */
        public Answer(long at, String branch, String operation, AnswerKind kind) {
            this(at, branch, operation, kind, null);
        }
    }

    public Remains {
        steps = List.copyOf(steps);
        requests = List.copyOf(requests);
        arrivals = List.copyOf(arrivals);
        answers = List.copyOf(answers);
        children = Map.copyOf(children);
    }

    /** Tells whether that operation was answered so by then. */
    boolean isAnswered(String branch, String operation, AnswerKind kind, long at) {
        return answers.stream()
                .anyMatch(answer -> answer.at() <= at
                        && answer.kind() == kind
                        && answer.branch().equals(branch)
                        && answer.operation().equals(operation));
    }
}
