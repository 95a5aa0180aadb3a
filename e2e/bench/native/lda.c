/*
 * The sampler of shared/apps/lda/push.ts in C: the same algorithm on the same lease with the same seed,
 * so the same topics, which it proves with a hash of them.
 *
 *   lda <lease file> <seconds>           prints the seconds of the fastest run and the hash
 *   lda <lease file> <sweeps> <every>    goes on from sweep to sweep, each on what the last has left,
 *                                        and prints seconds and log-likelihood of the cell after every
 *                                        so many; the cell of a whole corpus makes it a serial sampler
 *
 * The file is what e2e/bench/kernels/lda.ts writes: u32 K, words, documents, tokens, pairs of the
 * documents, pairs of the words, seed[4]; f64 beta, betaSum, alpha[K]; u32 totals[K], docPairs[],
 * docTokens[], wordPairs[], word[T] (document by document); u16 docTopics[], wordTopics[], z[T] (word
 * by word); u8 docCounts[], wordCounts[].
 *
 * Compile with -lm -ffp-contract=off: a fused multiply-add rounds once where WebAssembly rounds twice.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUN = 4, GROUP_BITS = 5 };

static uint32_t K, n, m, T, doc_size, word_size, seed[4];
static double beta, beta_sum, *alpha;
static uint32_t *given_totals, *doc_pairs, *doc_tokens, *word_pairs, *word;
static uint16_t *doc_topics, *word_topics, *z;
static uint8_t *doc_counts, *word_counts;

/* Documents: lists of topics with counts; beyond a list's end counts are 0. */
static uint32_t *bases, *lengths, room, *counts;
static uint16_t *topics;
static double *sums;

/* The word at hand, and the totals. */
static double *phi, *inverse, *groups, *smooth_groups, smooth, prior;
static int32_t *totals, *of_word;
static uint16_t *touched;
static uint32_t entered;

static uint32_t *starts, *next, *order; /* order: document of a token */
static uint16_t *after;
static uint32_t a, b, c, d;

/* The cell afterwards, in the form of a lease. */
struct pairs {
  uint32_t *row, used, begun;
  uint16_t *topic;
  uint8_t *count;
};
static struct pairs of_docs, of_words;
static uint64_t *marks;
static uint32_t *spread;

/* `more` bytes of room behind it, for what the cell may become. */
static void *take(FILE *file, size_t size, size_t more) {
  void *to = malloc(size + more + 64);
  if (!to || fread(to, 1, size, file) != size) {
    fprintf(stderr, "the lease file ends early\n");
    exit(1);
  }
  return to;
}

static void read_lease(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    fprintf(stderr, "%s cannot be read\n", path);
    exit(1);
  }
  uint32_t *head = take(file, 40, 0);
  K = head[0], n = head[1], m = head[2], T = head[3], doc_size = head[4], word_size = head[5];
  memcpy(seed, head + 6, 16);
  double *scalars = take(file, 16, 0);
  beta = scalars[0], beta_sum = scalars[1];
  alpha = take(file, 8ul * K, 0);
  given_totals = take(file, 4ul * K, 0);
  doc_pairs = take(file, 4ul * m, 0);
  doc_tokens = take(file, 4ul * m, 0);
  word_pairs = take(file, 4ul * n, 0);
  word = take(file, 4ul * T, 0);
  doc_topics = take(file, 2ul * doc_size, 2ul * T);
  word_topics = take(file, 2ul * word_size, 2ul * T);
  z = take(file, 2ul * T, 0);
  doc_counts = take(file, doc_size, T);
  word_counts = take(file, word_size, T);
  fclose(file);
}

static void allocate(void) {
  uint32_t g = (K >> GROUP_BITS) + 1;
  room = doc_size + 2 * T + (RUN - 1) * m + 8;
  bases = malloc(4ul * m), lengths = malloc(4ul * m);
  topics = malloc(2ul * room), counts = malloc(4ul * room), sums = malloc(8ul * room);
  phi = malloc(8ul * K), inverse = malloc(8ul * K);
  groups = malloc(8ul * g), smooth_groups = malloc(8ul * g);
  totals = malloc(4ul * K), of_word = malloc(4ul * K), touched = malloc(2ul * (K + T));
  starts = malloc(4ul * (n + 1)), next = malloc(4ul * n), order = malloc(4ul * T);
  after = malloc(2ul * T);
  of_docs = (struct pairs){.row = malloc(4ul * m), .topic = malloc(2ul * (doc_size + T)),
                           .count = malloc(doc_size + T)};
  of_words = (struct pairs){.row = malloc(4ul * n), .topic = malloc(2ul * (word_size + T)),
                            .count = malloc(word_size + T)};
  marks = calloc((K >> 6) + 1, 8), spread = malloc(4ul * K);
}

static void sort_tokens(void) {
  memset(starts, 0, 4ul * (n + 1));
  for (uint32_t t = 0; t < T; t++) starts[word[t] + 1]++;
  for (uint32_t w = 0; w < n; w++) starts[w + 1] += starts[w], next[w] = starts[w];
  uint32_t t = 0;
  for (uint32_t i = 0; i < m; i++)
    for (uint32_t end = t + doc_tokens[i]; t < end; t++) order[next[word[t]]++] = i;
}

static void open_documents(void) {
  memset(topics, 0, 2ul * room);
  memset(counts, 0, 4ul * room);
  uint32_t pair = 0, base = 0;
  for (uint32_t i = 0; i < m; i++) {
    uint32_t to = bases[i] = base;
    for (uint32_t end = pair + doc_pairs[i]; pair < end; pair++) {
      if (to > base && topics[to - 1] == doc_topics[pair]) counts[to - 1] += doc_counts[pair];
      else topics[to] = doc_topics[pair], counts[to++] = doc_counts[pair];
    }
    lengths[i] = to - base;
    base = to + doc_tokens[i] + RUN - 1;
  }
}

static void open_topics(void) {
  memset(of_word, 0, 4ul * K);
  memset(smooth_groups, 0, 8ul * ((K >> GROUP_BITS) + 1));
  smooth = 0;
  for (uint32_t id = 0; id < K; id++) {
    totals[id] = (int32_t)given_totals[id];
    inverse[id] = 1.0 / (totals[id] + beta_sum);
    phi[id] = beta * inverse[id];
    double part = alpha[id] * phi[id];
    smooth_groups[id >> GROUP_BITS] += part;
    smooth += part;
  }
}

static void enter_word(uint32_t pair, uint32_t pairs) {
  entered = 0;
  for (uint32_t p = pair; p < pair + pairs; p++) {
    uint32_t id = word_topics[p];
    if (of_word[id] == 0) touched[entered++] = (uint16_t)id;
    of_word[id] += word_counts[p];
  }
  prior = smooth;
  memcpy(groups, smooth_groups, 8ul * ((K + (1 << GROUP_BITS) - 1) >> GROUP_BITS));
  for (uint32_t i = 0; i < entered; i++) {
    uint32_t id = touched[i];
    double now = (of_word[id] + beta) * inverse[id];
    double by = alpha[id] * (now - phi[id]);
    prior += by;
    groups[id >> GROUP_BITS] += by;
    phi[id] = now;
  }
}

static void mark(uint32_t id) { marks[id >> 6] |= 1ull << (id & 63); }

/* The marked topics with their counts, ascending, as a row of pairs. */
static void put_marked(struct pairs *to, uint32_t row, const uint32_t *given) {
  for (uint32_t w = 0; w <= K >> 6; w++) {
    uint64_t rest = marks[w];
    marks[w] = 0;
    for (; rest; rest &= rest - 1) {
      uint32_t id = (w << 6) + (uint32_t)__builtin_ctzll(rest);
      for (uint32_t left = given[id]; left > 0;) {
        uint32_t one = left < 255 ? left : 255;
        to->topic[to->used] = (uint16_t)id, to->count[to->used++] = (uint8_t)one;
        left -= one;
      }
    }
  }
  to->row[row] = to->used - to->begun;
  to->begun = to->used;
}

static void pack_documents(void) {
  of_docs.used = of_docs.begun = 0;
  for (uint32_t i = 0; i < m; i++) {
    for (uint32_t e = bases[i]; e < bases[i] + lengths[i]; e++)
      mark(topics[e]), spread[topics[e]] = counts[e];
    put_marked(&of_docs, i, spread);
  }
}

static void pass_word(uint32_t w, uint32_t pair) {
  uint32_t pairs = word_pairs[w];
  memcpy(of_words.topic + of_words.used, word_topics + pair, 2ul * pairs);
  memcpy(of_words.count + of_words.used, word_counts + pair, pairs);
  of_words.used = of_words.begun += of_words.row[w] = pairs;
}

static void leave_word(uint32_t w) {
  for (uint32_t i = 0; i < entered; i++) mark(touched[i]);
  put_marked(&of_words, w, (uint32_t *)of_word);
  for (uint32_t i = 0; i < entered; i++) {
    of_word[touched[i]] = 0;
    phi[touched[i]] = beta * inverse[touched[i]];
  }
}

static double uniform(void) {
  uint32_t sum = a + d, result = (sum << 7 | sum >> 25) + a, shifted = b << 9;
  c ^= a, d ^= b, b ^= c, a ^= d, c ^= shifted;
  d = d << 11 | d >> 21;
  return (result + 0.5) * 0x1p-32;
}

static uint32_t find(uint32_t id, uint32_t base, uint32_t end) {
  uint32_t e = base;
  while (e < end && topics[e] != id) e++;
  return e;
}

static double weight(uint32_t e) { return (int32_t)counts[e] * phi[topics[e]]; }

static double sum_over(uint32_t base, uint32_t end) {
  double sum = 0, *out = sums;
  uint32_t e = base;
  do {
    sum += (weight(e) + weight(e + 2)) + (weight(e + 1) + weight(e + 3));
    *out++ = sum;
    e += RUN;
  } while (e < end);
  return sum;
}

static uint32_t entry_at(double draw, uint32_t base, uint32_t end) {
  uint32_t run = 0;
  while (sums[run] <= draw) run++;
  double rest = run == 0 ? draw : draw - sums[run - 1];
  uint32_t e = base + run * RUN;
  double one = weight(e), two = one + weight(e + 1), three = two + weight(e + 2);
  e += (rest >= one) + (rest >= two) + (rest >= three);
  return e < end ? e : end - 1;
}

static uint32_t draw_from_prior(double draw, uint32_t old, double by) {
  double *own = groups + (old >> GROUP_BITS), before = *own, rest = draw;
  uint32_t last = ((K + (1 << GROUP_BITS) - 1) >> GROUP_BITS) - 1, g = 0;
  *own = before + by;
  while (g < last && rest >= groups[g]) rest -= groups[g++];
  *own = before;
  uint32_t id = g << GROUP_BITS, end = id + (1 << GROUP_BITS);
  if (end > K) end = K;
  for (; id < end - 1; id++) {
    rest -= alpha[id] * phi[id];
    if (rest < 0) break;
  }
  return id;
}

static void settle(uint32_t id, int change, double inv, double now, double by) {
  if (of_word[id] == 0) touched[entered++] = (uint16_t)id;
  of_word[id] += change;
  totals[id] += change;
  double smoother = alpha[id] * beta * (inv - inverse[id]);
  smooth += smoother;
  smooth_groups[id >> GROUP_BITS] += smoother;
  prior += by;
  groups[id >> GROUP_BITS] += by;
  inverse[id] = inv;
  phi[id] = now;
}

static uint32_t sample(uint32_t doc, uint32_t old) {
  uint32_t base = bases[doc], end = base + lengths[doc], own = find(old, base, end);
  counts[own]--;
  double old_phi = phi[old], inv = 1.0 / (totals[old] - 1 + beta_sum);
  double less = (of_word[old] - 1 + beta) * inv, step = alpha[old] * (less - old_phi);
  phi[old] = less;
  double sum = sum_over(base, end), draw = uniform() * (sum + (prior + step));
  uint32_t e = end, id;
  if (draw < sum) e = entry_at(draw, base, end), id = topics[e];
  else id = draw_from_prior(draw - sum, old, step);
  if (id == old) {
    counts[own]++;
    phi[old] = old_phi;
    return id;
  }
  uint32_t last = end;
  if (e == end) e = find(id, base, end);
  if (e == end) topics[last++] = (uint16_t)id;
  counts[e]++;
  if (counts[own] == 0) {
    last--;
    topics[own] = topics[last];
    counts[own] = counts[last];
    counts[last] = 0;
  }
  lengths[doc] = last - base;
  settle(old, -1, inv, less, step);
  double more = 1.0 / (totals[id] + 1 + beta_sum), now = (of_word[id] + 1 + beta) * more;
  settle(id, 1, more, now, alpha[id] * (now - phi[id]));
  return id;
}

static void seed_generator(void) { a = seed[0], b = seed[1], c = seed[2], d = seed[3]; }

static void push(void) {
  sort_tokens();
  open_documents();
  open_topics();
  of_words.used = of_words.begun = 0;
  uint32_t pair = 0;
  for (uint32_t w = 0; w < n; pair += word_pairs[w++]) {
    if (starts[w] == starts[w + 1]) {
      pass_word(w, pair);
      continue;
    }
    enter_word(pair, word_pairs[w]);
    for (uint32_t t = starts[w]; t < starts[w + 1]; t++)
      after[t] = (uint16_t)sample(order[t], z[t]);
    leave_word(w);
  }
  pack_documents();
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + 1e-9 * now.tv_nsec;
}

/* What a push has left is the next one's lease; the arrays have room for it from then on. */
static void go_on(void) {
  memcpy(z, after, 2ul * T);
  for (uint32_t id = 0; id < K; id++) given_totals[id] = (uint32_t)totals[id];
  memcpy(doc_pairs, of_docs.row, 4ul * m);
  memcpy(word_pairs, of_words.row, 4ul * n);
  memcpy(doc_topics, of_docs.topic, 2ul * of_docs.used);
  memcpy(doc_counts, of_docs.count, of_docs.used);
  memcpy(word_topics, of_words.topic, 2ul * of_words.used);
  memcpy(word_counts, of_words.count, of_words.used);
}

/* Rows of pairs: the sum of ln Gamma(count + prior)/Gamma(prior), a prior for each topic. */
static double rising(const struct pairs *of, uint32_t rows, const double *prior_of, double one) {
  double sum = 0;
  uint32_t p = 0;
  for (uint32_t r = 0; r < rows; r++)
    for (uint32_t end = p + of->row[r]; p < end;) {
      uint32_t id = of->topic[p], count = of->count[p];
      for (p++; p < end && of->topic[p] == id; p++) count += of->count[p];
      double from = prior_of ? prior_of[id] : one;
      sum += lgamma(count + from) - lgamma(from);
    }
  return sum;
}

/* ln p(words, topics | alpha, beta): the formula of shared/apps/lda/likelihood.ts. */
static double log_likelihood(void) {
  double alpha_sum = 0;
  for (uint32_t id = 0; id < K; id++) alpha_sum += alpha[id];
  double sum = rising(&of_docs, m, alpha, 0) + rising(&of_words, n, NULL, beta);
  for (uint32_t i = 0; i < m; i++) sum -= lgamma(doc_tokens[i] + alpha_sum) - lgamma(alpha_sum);
  for (uint32_t id = 0; id < K; id++) sum -= lgamma(totals[id] + beta_sum) - lgamma(beta_sum);
  return sum;
}

static void run_serially(uint32_t sweeps, uint32_t every) {
  double took = 0;
  seed_generator();
  for (uint32_t sweep = 1; sweep <= sweeps; sweep++) {
    double start = seconds();
    push();
    go_on();
    took += seconds() - start;
    if (sweep > every && sweep % every && sweep < sweeps) continue;
    printf("%.6f %.6f\n", took, log_likelihood() / T);
    fflush(stdout);
  }
}

static void run_again(double for_seconds) {
  double best = 1e9, end = seconds() + for_seconds;
  do {
    double start = seconds();
    seed_generator();
    push();
    double took = seconds() - start;
    if (took < best) best = took;
  } while (seconds() < end);
  uint32_t hash = 2166136261u; /* FNV-1a */
  for (uint32_t t = 0; t < T; t++) hash = (hash ^ after[t]) * 16777619u;
  printf("%.9f %u\n", best, hash);
}

int main(int argc, char **argv) {
  if (argc != 3 && argc != 4) {
    fprintf(stderr, "lda <lease file> <seconds>, or lda <lease file> <sweeps> <every>\n");
    return 2;
  }
  read_lease(argv[1]);
  allocate();
  if (argc == 3) run_again(atof(argv[2]));
  else run_serially((uint32_t)atoi(argv[2]), (uint32_t)atoi(argv[3]));
  return 0;
}
