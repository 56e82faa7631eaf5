import java.util.ArrayList;
import java.util.List;

/**
 * The first sentence of a documentation comment.
 *
 * @param where the place and the documented name
 * @param isInverted true if the text begins with What, Whether, Of, Who, So, Which or Where
 * @param saysNothing true if the name contains all words
 */
record Summary(String where, String text, boolean isInverted, boolean saysNothing) {
    private static final int MAX_WORDS = 25;

    /** Returns the faults of the sentence. */
    List<String> faults() {
        List<String> faults = new ArrayList<>();
        if (isInverted) {
            faults.add("is inverted");
        }
        if (saysNothing) {
            faults.add("says nothing");
        }
        if (isLong()) {
            faults.add("is over 25 words");
        }
        return faults;
    }

    boolean isLong() {
        return text.split(" ").length > MAX_WORDS;
    }
}
