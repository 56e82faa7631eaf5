package dev.entente.client;

/**
 * The future answer of a branch that is called over HTTP. Parts of its JSON can be bound into later requests, with
 * {@link HttpCall#set} and {@link HttpCall#require}. Immutable.
 */
public final class HttpResponse {
    private final String branch;
    private final Object plan;

    HttpResponse(String branch, Object plan) {
        this.branch = branch;
        this.plan = plan;
    }

    /**
     * A part of it.
     *
     * @param pointer RFC 6901, such as {@code /payment/id}
     * @throws IllegalArgumentException if it does not begin with a slash
     */
    public Part at(String pointer) {
        return new Part(branch, HttpCall.pointer(pointer), plan);
    }

    /** All of it. */
    public Part whole() {
        return new Part(branch, "", plan);
    }

    /** A part of an answer that is not there yet. Immutable. */
    public static final class Part {
        private final String branch;
        private final String pointer;
        private final Object plan;

        Part(String branch, String pointer, Object plan) {
            this.branch = branch;
            this.pointer = pointer;
            this.plan = plan;
        }

        String branch() {
            return branch;
        }

        String pointer() {
            return pointer;
        }

        Object plan() {
            return plan;
        }
    }
}
