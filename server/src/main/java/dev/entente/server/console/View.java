package dev.entente.server.console;

import dev.entente.server.console.part.ApiResult;

/**
 * A page before it is rendered.
 *
 * @param status of HTTP
 * @param page the model of the template; the target of a 303
 * @param cookie the value of the header {@code Set-Cookie}; empty for none
 */
record View(Frame frame, int status, String template, Object page, String cookie) {
    View(Frame frame, int status, String template, Object page) {
        this(frame, status, template, page, "");
    }

    static View of(Frame frame, String template, Object page) {
        return new View(frame, 200, template, page);
    }

    /** Makes a page whose URL requests a part: 400 if the API refused that request as invalid. */
    static View of(Frame frame, String template, Object page, ApiResult<?> asked) {
        return new View(frame, asked.isMalformed() ? 400 : 200, template, page);
    }

    /** Redirects to another page of the console. */
    static View to(Frame frame, String target) {
        return to(frame, target, "");
    }

    static View to(Frame frame, String target, String cookie) {
        return new View(frame, 303, "", target, cookie);
    }

    /**
     * Makes a page that shows only a message.
     *
     * @param key of its texts: {@code message.KEY.title} and {@code message.KEY.text}
     * @param detail may be empty
     */
    static View message(Frame frame, int status, String key, String detail) {
        return new View(
                frame,
                status,
                "message.jte",
                new MessagePage(frame.t("message." + key + ".title"), frame.t("message." + key + ".text"), detail));
    }
}
