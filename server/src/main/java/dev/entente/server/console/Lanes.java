package dev.entente.server.console;

import dev.entente.core.transaction.VisibleText;
import dev.entente.server.console.part.Part;
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
 * The lanes that stand still: to one receiver, messages with one ordering key behind the first that has not arrived.
 *
 * @param notes on how far was looked, and what is left out
 * @param next the link that looks further; empty for none
 */
public record Lanes(Part<List<Lane>> lanes, List<String> notes, String next) {
    /** Messages of one look. */
    static final int SIZE = 100;
    /** Lanes on a page: the head of each is asked for. */
    static final int MOST = 30;

    private static final int MOST_NAMED = 5;

    /**
     * One lane.
     *
     * @param receiver the method, path or topic of a broker that it goes to
     * @param links to the message that it waits for, and to its delivery there
     * @param head that message; null where it is not known
     * @param why the head has not arrived, or why that is not known
     * @param behind the links to the first messages that wait
     * @param more how many others of this look do
     * @param acts links to what may be done to the head
     */
    public record Lane(
            String receiver,
            List<Frame.Link> links,
            @Nullable Transaction head,
            String why,
            List<Frame.Link> behind,
            int more,
            List<Frame.Link> acts) {}

    /** The receiver behind a head: two subscribers of a topic may have one target. */
    private record Place(String head, String target, String subscriber) {
        static Place of(String head, BranchStatus branch) {
            return new Place(head, branch.getTarget(), branch.getId().replaceFirst("^[^.]*", ""));
        }
    }

    /** @param find asks for the messages of these gids */
    static List<Lane> of(
            List<Transaction> messages, Function<List<String>, Map<String, Part<Transaction>>> find, Frame frame) {
        Map<Place, List<Frame.Link>> behind = new LinkedHashMap<>();
        for (Transaction message : messages) {
            for (BranchStatus branch : message.getBranchesList()) {
                Place place = Place.of(branch.getBlockedBy(), branch);
                if (!place.head().isEmpty() && (behind.containsKey(place) || behind.size() < MOST)) {
                    behind.computeIfAbsent(place, _ -> new ArrayList<>())
                            .add(link(message.getGid() + " " + branch.getId(), message.getGid()));
                }
            }
        }
        Map<String, Part<Transaction>> heads =
                find.apply(behind.keySet().stream().map(Place::head).distinct().toList());
        return behind.entrySet().stream()
                .map(lane -> lane(
                        lane.getKey(),
                        Objects.requireNonNull(heads.get(lane.getKey().head())),
                        lane.getValue(),
                        frame))
                .toList();
    }

    private static Frame.Link link(String text, String gid) {
        return new Frame.Link(text, TransactionRow.href(gid), false);
    }

    private static Lane lane(Place place, Part<Transaction> found, List<Frame.Link> behind, Frame frame) {
        Transaction head = found.value();
        List<Frame.Link> links = new ArrayList<>(List.of(link(place.head(), place.head())));
        List<BranchStatus> branches = head == null ? List.of() : head.getBranchesList();
        branches.stream()
                .filter(branch -> Place.of(place.head(), branch).equals(place))
                .forEach(branch -> links.add(
                        new Frame.Link(branch.getId(), links.getFirst().href() + "#branches", false)));
        return new Lane(
                VisibleText.of(place.target()),
                links,
                head,
                head == null ? found.error() : why(head, frame),
                behind.stream().limit(MOST_NAMED).toList(),
                Math.max(0, behind.size() - MOST_NAMED),
                head == null || !frame.mayOperate()
                        ? List.of()
                        : acts(head).stream()
                                .map(act -> ActOffer.link(act, place.head(), "", frame))
                                .toList());
    }

    private static String why(Transaction head, Frame frame) {
        return head.getTerminal() ? frame.t("topics.ended") : TransactionRow.waiting(head, frame.now(), frame.texts());
    }

    /** Returns what helps a lane on: an act on its head. */
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
