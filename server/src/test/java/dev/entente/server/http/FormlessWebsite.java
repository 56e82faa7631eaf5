package dev.entente.server.http;

/** A website without forms. */
interface FormlessWebsite extends Website {
    @Override
    default String methods(String path) {
        return "GET, HEAD";
    }

    @Override
    default int mostFormBytes(String path) {
        return 0;
    }

    @Override
    default WebAnswer tooLarge(WebRequest request) {
        return answer(request);
    }
}
