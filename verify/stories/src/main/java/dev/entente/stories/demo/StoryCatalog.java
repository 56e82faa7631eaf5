package dev.entente.stories.demo;

import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All stories, in the order of their runs. */
final class StoryCatalog {
    private static final List<Story> ALL = Stream.of(
                    PurchaseStories.REFUSALS,
                    TransferStories.ALL,
                    PurchaseStories.TROUBLES,
                    BankStories.ALL,
                    WaitingStories.ALL,
                    OutboxStories.ALL,
                    List.of(PurchaseStories.OVERSELL, CheckBackStory.STORY, ChoreographyStory.STORY),
                    List.of(OutboxStories.SHOP, GrandShop.STORY),
                    List.of(IdempotencyStory.STORY, StateMachineStory.STORY, EventStoreStory.STORY, KafkaStory.STORY))
            .flatMap(List::stream)
            .toList();

    private StoryCatalog() {}

    /** The story names for the command's help. */
    static final class Names implements Iterable<String> {
        Names() {}

        @Override
        public Iterator<String> iterator() {
            return ALL.stream().map(Story::name).iterator();
        }
    }

    /**
     * Returns the stories with these names. Without names it returns all quick stories, or, if the user requests kills,
     * all stories that support kills.
     *
     * @throws IllegalArgumentException for an unknown name, or, with kills, for a story without support for them
     */
    static List<Story> named(Collection<String> names, boolean isKilled) {
        List<Story> named = names.isEmpty()
                ? ALL.stream()
                        .filter(isKilled ? Story::isKillable : Story::isQuick)
                        .toList()
                : new LinkedHashSet<>(names).stream().map(StoryCatalog::named).toList();
        for (Story story : named) {
            if (isKilled && !story.isKillable()) {
                throw new IllegalArgumentException("scenario '" + story.name() + "' does not run under --kills; use"
                        + " one of: " + names(Story::isKillable));
            }
        }
        return named;
    }

    private static String names(Predicate<Story> which) {
        return ALL.stream().filter(which).map(Story::name).collect(Collectors.joining(", "));
    }

    private static Story named(String name) {
        return ALL.stream()
                .filter(story -> story.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("no scenario '" + name + "'; use one of: " + names(_ -> true)));
    }
}
