package dev.entente.server.http;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A website without forms. */
interface FormlessWebsite extends Website {
    /** Returns a website with that stream at /live, and a page at any other path. */
    static FormlessWebsite of(EventFeed feed) {
        return new FormlessWebsite() {
            @Override
            public WebResponse answer(WebRequest request) {
                return WebResponse.of(200, WebResponse.PLAIN, Map.of(), "a page\n");
            }

            @Override
            public @Nullable EventFeed events(WebRequest request) {
                return request.path().equals("/live") ? feed : null;
            }
        };
    }

    @Override
    default String methods(String path) {
        return "GET, HEAD";
    }

    @Override
    default int mostFormBytes(String path) {
        return 0;
    }

    @Override
    default WebResponse tooLarge(WebRequest request) {
        return answer(request);
    }
}
