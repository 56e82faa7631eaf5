package dev.entente.server.console;

import dev.entente.core.transaction.VisibleText;
import dev.entente.server.console.part.ApiResult;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import dev.entente.v1.Waiting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The blocked delivery queues: messages with one ordering key to one receiver, behind the first undelivered message.
 *
 * @param notes on the extent of the search, and on what is not listed
 * @param next the link that continues the search; empty for none
 */
public record BlockedQueues(ApiResult<List<Queue>> queues, List<String> notes, String next) {
    /** The number of messages of one search. */
    static final int SIZE = 100;
    /** The maximum number of queues on a page. A separate request reads the head of each queue. */
    static final int MAX = 30;

    private static final int MAX_NAMED = 5;

    /**
     * One delivery queue.
     *
     * @param receiver the gRPC method, the HTTP path or the broker's topic
     * @param links to the message that the queue waits for, and to its delivery to the receiver
     * @param head the message that the queue waits for; null if the message is unknown
     * @param why the reason why the head is not delivered, or why the head is unknown
     * @param behind the links to the first messages that wait
     * @param more the number of other messages of this search that wait
     * @param acts links to operations on the head
     */
    public record Queue(
            String receiver,
            List<Frame.Link> links,
            @Nullable Transaction head,
            String why,
            List<Frame.Link> behind,
            int more,
            List<Frame.Link> acts) {}

    /** The receiver behind a head. Two subscribers of a topic may have one target. */
    private record Place(String head, String target, String subscriber) {
        static Place of(String head, BranchStatus branch) {
            return new Place(head, branch.getTarget(), branch.getId().replaceFirst("^[^.]*", ""));
        }
    }

    /** @param find requests the messages of these gids */
    static List<Queue> of(
            List<Transaction> messages, Function<List<String>, Map<String, ApiResult<Transaction>>> find, Frame frame) {
        Map<Place, List<Frame.Link>> behind = new LinkedHashMap<>();
        for (Transaction message : messages) {
            for (BranchStatus branch : message.getBranchesList()) {
                Place place = Place.of(branch.getBlockedBy(), branch);
                if (!place.head().isEmpty() && (behind.containsKey(place) || behind.size() < MAX)) {
                    behind.computeIfAbsent(place, _ -> new ArrayList<>())
                            .add(link(message.getGid() + " " + branch.getId(), message.getGid()));
                }
            }
        }
        Map<String, ApiResult<Transaction>> heads =
                find.apply(behind.keySet().stream().map(Place::head).distinct().toList());
        return behind.entrySet().stream()
                .map(queue -> queue(
                        queue.getKey(),
                        Objects.requireNonNull(heads.get(queue.getKey().head())),
                        queue.getValue(),
                        frame))
                .toList();
    }

    private static Frame.Link link(String text, String gid) {
        return new Frame.Link(text, TransactionRow.href(gid), false);
    }

    private static Queue queue(Place place, ApiResult<Transaction> found, List<Frame.Link> behind, Frame frame) {
        Transaction head = found.value();
        List<Frame.Link> links = new ArrayList<>(List.of(link(place.head(), place.head())));
        List<BranchStatus> branches = head == null ? List.of() : head.getBranchesList();
        branches.stream()
                .filter(branch -> Place.of(place.head(), branch).equals(place))
                .forEach(branch -> links.add(
                        new Frame.Link(branch.getId(), links.getFirst().href() + "#branches", false)));
        return new Queue(
                VisibleText.of(place.target()),
                links,
                head,
                head == null ? found.error() : why(head, frame),
                behind.stream().limit(MAX_NAMED).toList(),
                Math.max(0, behind.size() - MAX_NAMED),
                head == null || !frame.mayOperate()
                        ? List.of()
                        : acts(head).stream()
                                .map(act -> OfferedOperation.link(act, place.head(), "", frame))
                                .toList());
    }

    private static String why(Transaction head, Frame frame) {
        return head.getTerminal() ? frame.t("topics.ended") : TransactionRow.waiting(head, frame.now(), frame.texts());
    }

    /** Returns the operations on the head that may unblock a queue. */
    private static List<String> acts(Transaction head) {
        if (head.getTerminal()) {
            return List.of();
        } else if (head.getState() == Transaction.State.BEGUN) {
            return List.of("retry", "abort");
        } else if (head.hasParked()) {
            return head.getParked().hasByOperator() ? List.of("resume", "skip") : List.of("retry", "skip");
        }
        return head.getWaiting().getKind() == Waiting.Kind.CALLING ? List.of() : List.of("retry");
    }
}
