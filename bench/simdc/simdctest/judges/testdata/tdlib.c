/*
 * Runs TDLib's JSON interface over pipes: each line of stdin is a request, each
 * line of stdout an answer or an update.
 *
 *   tdlib LIBRARY <requests >answers
 *
 * TDLib has the addresses of Telegram's data centers built in. REDIAL says where
 * they are instead, as in
 *
 *   149.154.167.51=127.0.0.1:4002,149.154.175.50=127.0.0.1:4001
 *
 * and the library's connect(), which is the one below, goes there, whatever the
 * port. What is not listed is left alone. Build with -rdynamic -ldl -lpthread.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* target finds where host is instead. It returns 0 if it is not listed. */
static int target(const char *host, struct sockaddr_in *to) {
    const char *list = getenv("REDIAL");
    size_t n = strlen(host);
    while (list && *list) {
        char ip[64];
        int port;
        if (strncmp(list, host, n) == 0 && list[n] == '=' &&
            sscanf(list + n + 1, "%63[^:]:%d", ip, &port) == 2) {
            memset(to, 0, sizeof *to);
            to->sin_family = AF_INET;
            to->sin_port = htons((unsigned short)port);
            return inet_pton(AF_INET, ip, &to->sin_addr) == 1;
        }
        list = strchr(list, ',');
        if (list) list++;
    }
    return 0;
}

int connect(int fd, const struct sockaddr *addr, socklen_t len) {
    static int (*real)(int, const struct sockaddr *, socklen_t);
    if (!real) real = (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "connect");
    if (addr && addr->sa_family == AF_INET && len >= sizeof(struct sockaddr_in)) {
        char host[INET_ADDRSTRLEN];
        struct sockaddr_in to;
        inet_ntop(AF_INET, &((const struct sockaddr_in *)addr)->sin_addr, host, sizeof host);
        if (target(host, &to)) return real(fd, (struct sockaddr *)&to, sizeof to);
    }
    return real(fd, addr, len);
}

static int client;
static void (*td_send)(int, const char *);

static void *requests(void *unused) {
    char *line = NULL;
    size_t size = 0;
    (void)unused;
    while (getline(&line, &size, stdin) > 0) td_send(client, line);
    exit(0); /* Whoever asked has gone. */
}

int main(int argc, char **argv) {
    void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
    if (!library) {
        fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: tdlib LIBRARY");
        return 2;
    }
    int (*td_create_client_id)(void) = (int (*)(void))dlsym(library, "td_create_client_id");
    const char *(*td_receive)(double) = (const char *(*)(double))dlsym(library, "td_receive");
    td_send = (void (*)(int, const char *))dlsym(library, "td_send");
    if (!td_create_client_id || !td_receive || !td_send) {
        fprintf(stderr, "%s is not TDLib's JSON library\n", argv[1]);
        return 2;
    }
    client = td_create_client_id();
    pthread_t reader;
    if (pthread_create(&reader, NULL, requests, NULL) != 0) return 2;
    for (;;) {
        const char *answer = td_receive(10);
        if (!answer) continue;
        puts(answer);
        fflush(stdout);
    }
}
