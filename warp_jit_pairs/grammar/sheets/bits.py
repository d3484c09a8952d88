"""Bits: words and their bits, hashes, codes, packing, checksums, number theory, calendars, and addresses."""

import warp as wp

ENTITIES = "entry record item"
GROUPS = "table bank bucket"
PAIRS = "pair collision"
LAUNCH = "1:9 2:1"
SUMMED = "popcount flipped digit_sum divisors"

QUANTITIES = """
word            | uint | state   | 0 4294967295     | word x bits
key             | uint | state   | 0 4294967295     | key k entry
seed            | uint | uniform | 1 1000000        | seed salt                        | 1337 12345
hash_value      | uint | result  | 0 4294967295     | h hash_value hashed
fingerprint     | uint | result  | 0 255            | fingerprint tag
slot            | int  | result  | 0 1024           | slot bucket_id home
probe           | int  | state   | 0 15             | probe attempt n_probe
capacity        | int  | group   | 16 1024          | capacity table_size n_slots      | 64 256
popcount        | int  | result  | 0 32             | popcount n_set ones
parity          | int  | result  | 0 1              | parity odd_bits
leading_zeros   | int  | result  | 0 32             | leading_zeros clz
trailing_zeros  | int  | result  | 0 32             | trailing_zeros ctz
top_bit         | int  | result  | -1 31            | top_bit msb log2_floor
lowest_bit      | int  | result  | 0 65536          | lowest_bit low_bit lsb
flipped         | int  | result  | 0 32             | flipped hamming hamming_dist
bit             | int  | state   | 0 31             | bit shift bit_index
mask            | uint | state   | 0 4294967295     | mask bit_mask flags
value           | int  | state   | 0 65535          | value val v
common_prefix   | int  | result  | 0 32             | common_prefix prefix_len
power_above     | int  | result  | 0 131072         | power_above next_pow2
table_bits      | int  | uniform | 4 10             | table_bits log2_size             | 8 10
bloom_mask      | uint | result  | 0 4294967295     | bloom_mask filter_bits
packed_565      | int  | result  | 0 65535          | packed_565 rgb565
decoded_value   | int  | result  | 0 65535          | decoded decoded_value
gray_word       | int  | state   | 0 65535          | gray_word g_code
zigzag_word     | int  | state   | 0 60000          | zz_word zigzag_word
decoded_delta   | int  | result  | -30000 30000     | decoded_delta raw_delta
fat_date        | int  | result  | 0 65535          | fat_date date_bits
exponent        | int  | state   | 0 15             | exponent e_pow
start_sum       | int  | uniform | 0 255            | start_sum init_sum               | 0 255
base            | int  | uniform | 2 17             | base radix                       | 2 3 5
increment       | uint | uniform | 1 1000000        | increment lcg_c                  | 12345
gray            | int  | result  | 0 131071         | gray gray_code
zigzag          | int  | result  | 0 70000 | zigzag zz encoded
delta           | int  | state   | -30000 30000     | delta diff step_delta
cell_x          | int  | state   | 0 1023           | ix
cell_y          | int  | state   | 0 1023           | iy
cell_z          | int  | state   | 0 1023           | iz
width           | int  | uniform | 8 512            | width                            | 64 256
height          | int  | uniform | 8 512            | height                           | 64 256
pitch           | int  | result  | 64 8192 | pitch row_pitch
element_size    | int  | uniform | 1 16             | elem_size element_size           | 4 8
offset          | int  | result  | 0 2000000        | offset byte_offset addr
block_size      | int  | state   | 1 16             | block_size group_size
hilbert_index   | int  | result  | 0 4096           | hilbert_index hilbert_d
grid_distance   | int  | result  | 0 2046           | grid_distance l1_dist
byte_offset     | int  | result  | 0 3000000        | byte_offset byte_addr
tiled_index     | int  | result  | 0 2000000        | tiled_index swizzled
voxel_index     | int  | result  | 0 300000         | voxel_index flat_idx
grid_side       | int  | uniform | 8 64             | grid_side n_side                 | 16 32 64
column          | int  | result  | 0 512            | col
row             | int  | result  | 0 1024           | row
morton_x        | int  | result  | 0 1023           | morton_x decoded_x
hop             | int  | uniform | 1 8              | hop shift_cells                  | 1 2
padding         | int  | uniform | 1 4              | padding pad                      | 1
burst           | int  | group   | 1 16             | burst n_pushed
ring_size       | int  | group   | 16 1024          | ring_size ring_capacity          | 64 256
morton          | uint | result  | 0 4294967295     | morton morton_code z_code
point           | vec3 | state   | 0 1              | point p unit_pos
color           | vec3 | state   | 0 1              | color rgb col
alpha           | real | state   | 0 1              | alpha opacity
unpacked_rgb    | vec3 | result  | 0 1              | unpacked_rgb rgb_out
encoded_color   | uint | result  | 0 4294967295     | rgba8 encoded_color
encoded_normal  | uint | result  | 0 4294967295     | oct32 encoded_normal
unpacked_normal | vec3 | result  | -1 1             | unpacked_normal n_decoded
blend_weight    | real | state   | 0 1              | blend_weight mix_w
encoded_fixed   | int  | result  | -16000 16000     | q8_8 encoded_fixed
decoded_fraction | real | result | -63 63           | decoded_fraction x_float
adler           | uint | result  | 0 4294967295     | adler adler32
easter_moon     | int  | result  | 1 366            | easter_moon moon_yday
packed_color    | uint | state   | 0 4294967295     | packed rgba packed_color
luma            | int  | result  | 0 255            | luma gray_level
normal          | vec3 | state   | -1 1             | normal n_vec direction
octahedral      | vec2 | result  | -1 1             | octahedral enc oct_uv
packed_normal   | uint | state   | 0 4294967295     | packed_normal oct_bits
fraction        | real | state   | -60 60           | fraction x_real amount
fixed           | int  | state   | -16000 16000     | fixed q8 fx
fixed_point     | int  | result  | -4100000 4100000 | fixed_result fixed_point q_out
payload         | ints | state   | 0 255            | payload data_bytes block
checksum        | int  | result  | 0 65535          | checksum check chk
crc             | uint | result  | 0 4294967295     | crc crc_reg
digit           | int  | result  | 0 9              | digit check_digit
number          | int  | state   | 1 5000           | number num n_val
modulus         | int  | group   | 2 97             | modulus m_mod mod_p              | 7 97
residue         | int  | result  | 0 96             | residue rem r_mod
common_divisor  | int  | result  | 1 5000           | gcd common_divisor g_ab
multiple        | int  | result  | 0 25000000 | lcm multiple
divisors        | int  | result  | 1 200            | divisors n_div tau_n
root            | int  | result  | 0 256            | isqrt root root_floor
collatz         | int  | result  | 0 400            | collatz n_steps chain_len
digit_sum       | int  | result  | 1 60             | digit_sum dsum
reversed_digits | int  | result  | 0 99999          | reversed_digits rev_num mirrored
prime           | bool | result  |                  | prime is_prime
power_of_two    | bool | result  |                  | power_of_two is_pow2
inside          | bool | result  |                  | inside in_bounds is_inside
precedes        | bool | result  |                  | precedes is_less comes_first
coprime         | bool | result  |                  | coprime is_coprime
aligned         | bool | result  |                  | aligned is_aligned
bit_set         | bool | result  |                  | bit_set is_set has_bit
year            | int  | state   | 1900 2100        | year
month           | int  | state   | 1 12             | month
day             | int  | state   | 1 28             | day
leap            | bool | result  |                  | leap is_leap
month_length    | int  | result  | 28 31            | month_length n_days
day_of_year     | int  | result  | 1 366            | day_of_year yday doy
day_number      | int  | result  | 2400000 2500000  | jdn day_number serial_day
weekday         | int  | result  | 0 6              | weekday wday dow
seconds         | int  | state   | 0 86399          | seconds secs t_day
clock           | int  | result  | 0 235959         | clock hms hhmmss
head            | int  | state   | 0 1023           | head
tail            | int  | state   | 0 1023           | tail
used            | int  | result  | 0 1024           | used fill_level n_used
full            | bool | result  |                  | full is_full
noise_value     | real | result  | -1 1             | noise_value u_rand white
ratio           | real | result  | 0 1              | ratio u01 radical_inverse
payload_hash    | uint | result  | 0 4294967295     | payload_hash murmur
codepoint       | int  | result  | -1 1114111       | codepoint rune
varint          | int  | result  | 0 268435455      | varint decoded_varint
run_total       | int  | result  | 1 64             | run_total n_runs
code_word       | uint | state   | 0 127            | code_word hamming_code
corrected       | uint | result  | 0 15             | corrected nibble
shift_register  | uint | state   | 1 65535          | shift_register lfsr
half_bits       | uint | result  | 0 65535          | half_bits f16_bits
half_source     | real | state   | -70000 70000     | half_source f32_val
permuted        | int  | result  | 0 65535          | permuted shuffled
hilbert_code    | int  | state   | 0 4095           | hilbert_code d_hilbert
week            | int  | result  | 1 53             | week iso_week
serial          | int  | state   | 2415021 2488069  | serial julian_day
civil_year      | int  | result  | 1890 2110        | civil_year
civil_month     | int  | result  | 1 12             | civil_month
civil_day       | int  | result  | 1 31             | civil_day
odd_number      | int  | state   | 3 3000           | odd_number candidate
probably_prime  | bool | result  |                  | probably_prime mr_prime
base64_char     | int  | state   | 43 122           | base64_char b64_char
sextet          | int  | result  | -1 63            | sextet b64_value
rank_bit        | int  | state   | 0 31             | rank_bit select_rank
selected_bit    | int  | result  | -1 31            | selected_bit nth_bit
"""


def popcount(word):
    return int(wp.bit_count(word))


def counted_bits(word):
    """Population count by adding ever wider fields."""
    v = word - ((word >> wp.uint32(1)) & wp.uint32(0x55555555))
    v = (v & wp.uint32(0x33333333)) + ((v >> wp.uint32(2)) & wp.uint32(0x33333333))
    v = (v + (v >> wp.uint32(4))) & wp.uint32(0x0F0F0F0F)
    popcount = int((v * wp.uint32(0x01010101)) >> wp.uint32(24))
    return popcount


def kernighan(value):
    """Kernighan's count: the lowest bit goes first."""
    left = int(value)
    popcount = int(0)
    while left != 0:
        left = left & (left - 1)
        popcount = popcount + 1
    return popcount


def parity(word):
    v = word ^ (word >> wp.uint32(16))
    v = v ^ (v >> wp.uint32(8))
    v = v ^ (v >> wp.uint32(4))
    v = v ^ (v >> wp.uint32(2))
    v = v ^ (v >> wp.uint32(1))
    return int(v & wp.uint32(1))


def value_parity(value):
    parity = wp.bit_count(value) & 1
    return parity


def flipped(word_a, word_b):
    """Hamming distance."""
    return int(wp.bit_count(word_a ^ word_b))


def masked_flipped(word_a, word_b, mask):
    flipped = int(wp.bit_count((word_a ^ word_b) & mask))
    return flipped


def leading_zeros(value):
    """Leading zeros of sixteen bits, by halving."""
    v = int(value)
    n = int(0)
    if v < 256:
        n = n + 8
        v = v << 8
    if v < 4096:
        n = n + 4
        v = v << 4
    if v < 16384:
        n = n + 2
        v = v << 2
    if v < 32768:
        n = n + 1
    return n


def trailing_zeros(value):
    return wp.bit_count((value & -value) - 1)


def top_bit(value):
    top = int(-1)
    for n in range(16):
        if (value >> n) & 1 == 1:
            top = n
    return top


def smeared_top(value):
    """Position of the highest bit, once all below it are set."""
    v = value | (value >> 1)
    v = v | (v >> 2)
    v = v | (v >> 4)
    v = v | (v >> 8)
    top_bit = wp.bit_count(v) - 1
    return top_bit


def lowest_bit(value):
    return value & -value


def next_power(value):
    """The next power of two."""
    v = wp.max(value - 1, 0)
    v = v | (v >> 1)
    v = v | (v >> 2)
    v = v | (v >> 4)
    v = v | (v >> 8)
    power_above = v + 1
    return power_above


def power_of_two(block_size):
    return (block_size & (block_size - 1)) == 0


def bit_set(word, bit):
    return (word >> wp.uint32(bit)) & wp.uint32(1) == wp.uint32(1)


def masked_set(word, mask, bit):
    bit_set = ((word & mask) >> wp.uint32(bit)) & wp.uint32(1) != wp.uint32(0)
    return bit_set


def precedes(key_a, key_b, mask):
    """Order of two keys in the digit that a radix sort looks at."""
    return (key_a & mask) < (key_b & mask)


def toggled(word, bit):
    next_word = word ^ (wp.uint32(1) << wp.uint32(bit))
    return next_word


def cleared(word, mask):
    next_word = word & ~mask
    return next_word


def merged(word_a, word_b, mask):
    """Bits of one word where a mask is set, of another elsewhere."""
    next_word = word_a ^ ((word_a ^ word_b) & mask)
    return next_word


def rotated(word, bit):
    left = wp.uint32(bit)
    right = wp.uint32((32 - bit) & 31)
    next_word = (word << left) | (word >> right)
    return next_word


def reversed_word(word):
    """The order of the bits turned round."""
    v = ((word >> wp.uint32(1)) & wp.uint32(0x55555555)) | ((word & wp.uint32(0x55555555)) << wp.uint32(1))
    v = ((v >> wp.uint32(2)) & wp.uint32(0x33333333)) | ((v & wp.uint32(0x33333333)) << wp.uint32(2))
    v = ((v >> wp.uint32(4)) & wp.uint32(0x0F0F0F0F)) | ((v & wp.uint32(0x0F0F0F0F)) << wp.uint32(4))
    v = ((v >> wp.uint32(8)) & wp.uint32(0x00FF00FF)) | ((v & wp.uint32(0x00FF00FF)) << wp.uint32(8))
    next_word = (v >> wp.uint32(16)) | (v << wp.uint32(16))
    return next_word


def swapped_bytes(word):
    """The other byte order."""
    high = (word << wp.uint32(24)) | ((word & wp.uint32(0xFF00)) << wp.uint32(8))
    low = ((word >> wp.uint32(8)) & wp.uint32(0xFF00)) | (word >> wp.uint32(24))
    next_word = high | low
    return next_word


def gray(value):
    """Gray code of a number."""
    return value ^ (value >> 1)


def ungrayed(gray_word):
    v = gray_word
    v = v ^ (v >> 8)
    v = v ^ (v >> 4)
    v = v ^ (v >> 2)
    v = v ^ (v >> 1)
    decoded_value = v & 65535
    return decoded_value


def zigzag(delta):
    """Zigzag code: small numbers of either sign become small ones."""
    return (delta << 1) ^ (delta >> 31)


def unzigzag(zigzag_word):
    decoded_delta = (zigzag_word >> 1) ^ -(zigzag_word & 1)
    return decoded_delta


def hash_value(key, seed):
    """Finalizer of MurmurHash3."""
    h = key ^ seed
    h = h ^ (h >> wp.uint32(16))
    h = h * wp.uint32(0x85EBCA6B)
    h = h ^ (h >> wp.uint32(13))
    h = h * wp.uint32(0xC2B2AE35)
    return h ^ (h >> wp.uint32(16))


def wang_hash(key):
    """Wang's integer hash."""
    h = (key ^ wp.uint32(61)) ^ (key >> wp.uint32(16))
    h = h * wp.uint32(9)
    h = h ^ (h >> wp.uint32(4))
    h = h * wp.uint32(0x27D4EB2D)
    hash_value = h ^ (h >> wp.uint32(15))
    return hash_value


def pcg_hash(key):
    """Output function of PCG."""
    state = key * wp.uint32(747796405) + wp.uint32(289133645)
    rot = (state >> wp.uint32(28)) + wp.uint32(4)
    mixed = ((state >> rot) ^ state) * wp.uint32(277803737)
    hash_value = (mixed >> wp.uint32(22)) ^ mixed
    return hash_value


def fnv_hash(key, seed):
    """FNV-1a over the four bytes of a key."""
    hash_value = wp.uint32(seed)
    for n in range(4):
        octet = (key >> wp.uint32(8 * n)) & wp.uint32(0xFF)
        hash_value = (hash_value ^ octet) * wp.uint32(16777619)
    return hash_value


def fibonacci_slot(key, table_bits):
    """Fibonacci hashing."""
    bits = wp.uint32(table_bits)
    slot = int((key * wp.uint32(2654435769)) >> (wp.uint32(32) - bits))
    return slot


def spatial_hash(cell_x, cell_y, cell_z):
    """Teschner's hash of a cell in space."""
    hx = wp.uint32(cell_x) * wp.uint32(73856093)
    hy = wp.uint32(cell_y) * wp.uint32(19349663)
    hz = wp.uint32(cell_z) * wp.uint32(83492791)
    hash_value = hx ^ hy ^ hz
    return hash_value


def combined_hash(word, key):
    """The way of Boost to combine hashes."""
    hash_value = word ^ (key + wp.uint32(0x9E3779B9) + (word << wp.uint32(6)) + (word >> wp.uint32(2)))
    return hash_value


def congruential(word, increment):
    """Linear congruential generator with the factor of Numerical Recipes."""
    next_word = word * wp.uint32(1664525) + increment
    return next_word


def noise_value(hash_value):
    mantissa = int(hash_value >> wp.uint32(8))
    return float(mantissa) / 8388608.0 - 1.0


def ratio(word):
    """Van der Corput sequence in base two."""
    v = word
    result = float(0.0)
    scale = float(0.5)
    for n in range(16):
        if (v >> wp.uint32(n)) & wp.uint32(1) == wp.uint32(1):
            result = result + scale
        scale = 0.5 * scale
    return result


def halton(number, base):
    """Halton sequence: digits mirrored at the point."""
    left = int(number)
    scale = float(1.0)
    ratio = float(0.0)
    for _ in range(13):
        if left == 0:
            break
        scale = scale / float(base)
        ratio = ratio + scale * float(left % base)
        left = left // base
    return ratio


def slot(hash_value, capacity):
    return int(hash_value % wp.uint32(capacity))


def probed_slot(hash_value, probe, capacity):
    """Quadratic probing."""
    home = int(hash_value & wp.uint32(0xFFFF))
    slot = (home + (probe * probe + probe) // 2) % capacity
    return slot


def double_hashed(hash_value, probe, capacity):
    first = int(hash_value & wp.uint32(0xFFFF))
    second = int(hash_value >> wp.uint32(16)) | 1
    slot = (first + probe * second) % capacity
    return slot


def fingerprint(hash_value):
    tag = hash_value >> wp.uint32(24)
    if tag == wp.uint32(0):
        tag = wp.uint32(1)
    return tag


def bloom_mask(hash_value):
    """Two bits of a Bloom filter."""
    first = hash_value & wp.uint32(31)
    second = (hash_value >> wp.uint32(11)) & wp.uint32(31)
    return (wp.uint32(1) << first) | (wp.uint32(1) << second)


def morton(cell_x, cell_y):
    """Morton code of a cell in the plane, one bit at a time."""
    code = wp.uint32(0)
    for n in range(10):
        bx = wp.uint32((cell_x >> n) & 1)
        by = wp.uint32((cell_y >> n) & 1)
        code = code | (bx << wp.uint32(2 * n)) | (by << wp.uint32(2 * n + 1))
    return code


def spread_morton(cell_x, cell_y):
    """Morton code by spreading the bits of each coordinate."""
    x = wp.uint32(cell_x)
    y = wp.uint32(cell_y)
    x = (x | (x << wp.uint32(8))) & wp.uint32(0x00FF00FF)
    x = (x | (x << wp.uint32(4))) & wp.uint32(0x0F0F0F0F)
    x = (x | (x << wp.uint32(2))) & wp.uint32(0x33333333)
    x = (x | (x << wp.uint32(1))) & wp.uint32(0x55555555)
    y = (y | (y << wp.uint32(8))) & wp.uint32(0x00FF00FF)
    y = (y | (y << wp.uint32(4))) & wp.uint32(0x0F0F0F0F)
    y = (y | (y << wp.uint32(2))) & wp.uint32(0x33333333)
    y = (y | (y << wp.uint32(1))) & wp.uint32(0x55555555)
    morton = x | (y << wp.uint32(1))
    return morton


def point_morton(point):
    """Morton code of thirty bits of a point in the unit cube."""
    morton = wp.uint32(0)
    for axis in range(3):
        v = wp.uint32(wp.clamp(point[axis] * 1024.0, 0.0, 1023.0))
        v = (v | (v << wp.uint32(16))) & wp.uint32(0x030000FF)
        v = (v | (v << wp.uint32(8))) & wp.uint32(0x0300F00F)
        v = (v | (v << wp.uint32(4))) & wp.uint32(0x030C30C3)
        v = (v | (v << wp.uint32(2))) & wp.uint32(0x09249249)
        morton = morton | (v << wp.uint32(2 - axis))
    return morton


def unspread(morton):
    """The even bits of a code."""
    v = morton & wp.uint32(0x55555555)
    v = (v | (v >> wp.uint32(1))) & wp.uint32(0x33333333)
    v = (v | (v >> wp.uint32(2))) & wp.uint32(0x0F0F0F0F)
    v = (v | (v >> wp.uint32(4))) & wp.uint32(0x00FF00FF)
    morton_x = int((v | (v >> wp.uint32(8))) & wp.uint32(0x3FF))
    return morton_x


def common_prefix(word_a, word_b):
    """Leading bits that two codes share, as in a radix tree."""
    differing = word_a ^ word_b
    common_prefix = int(32)
    for n in range(32):
        if (differing >> wp.uint32(n)) & wp.uint32(1) == wp.uint32(1):
            common_prefix = 31 - n
    return common_prefix


def hilbert(cell_x, cell_y):
    """Index of a cell along a Hilbert curve of 64 by 64."""
    x = cell_x & 63
    y = cell_y & 63
    hilbert_index = int(0)
    side = int(32)
    for _ in range(6):
        rx = 1 if x & side > 0 else 0
        ry = 1 if y & side > 0 else 0
        hilbert_index = hilbert_index + side * side * ((3 * rx) ^ ry)
        if ry == 0:
            turned_x = 63 * rx + (1 - 2 * rx) * y
            y = 63 * rx + (1 - 2 * rx) * x
            x = turned_x
        side = side // 2
    return hilbert_index


def pitch(width, element_size):
    """Bytes of a row, rounded up to 64."""
    return (width * element_size + 63) & ~63


def offset(cell_x, cell_y, width):
    return cell_y * width + cell_x


def column_major(cell_x, cell_y, height):
    offset = cell_x * height + cell_y
    return offset


def inside(cell_x, cell_y, width, height):
    return cell_x >= 0 and cell_x < width and cell_y >= 0 and cell_y < height


def pitched_offset(cell_x, cell_y, pitch, element_size):
    byte_offset = (cell_y & 255) * pitch + cell_x * element_size
    return byte_offset


def volume_index(cell_x, cell_y, cell_z, grid_side):
    voxel_index = ((cell_z % grid_side) * grid_side + cell_y % grid_side) * grid_side + cell_x % grid_side
    return voxel_index


def tiled_offset(cell_x, cell_y, width):
    """Offset of a pixel where tiles of eight by eight are stored together."""
    tiles = (width + 7) // 8
    tile_id = (cell_y // 8) * tiles + cell_x // 8
    within = (cell_y % 8) * 8 + cell_x % 8
    tiled_index = 64 * tile_id + within
    return tiled_index


def padded_offset(offset, padding):
    """Shared memory padded against bank conflicts."""
    next_offset = offset + offset // 32 * padding
    return next_offset


def cell_of(offset, width):
    row = offset // width % 1024
    column = offset % width
    return column, row


def neighbor_cell(cell_x, width, hop):
    """A neighbor on a grid that wraps around."""
    next_cell_x = (cell_x + hop + width) % width
    return next_cell_x


def manhattan(cell_x_a, cell_y_a, cell_x_b, cell_y_b):
    grid_distance = wp.abs(cell_x_a - cell_x_b) + wp.abs(cell_y_a - cell_y_b)
    return grid_distance


def aligned(byte_offset, element_size):
    return byte_offset % element_size == 0


def encoded_color(color, alpha):
    r = wp.uint32(wp.clamp(color[0], 0.0, 1.0) * 255.0 + 0.5)
    g = wp.uint32(wp.clamp(color[1], 0.0, 1.0) * 255.0 + 0.5)
    b = wp.uint32(wp.clamp(color[2], 0.0, 1.0) * 255.0 + 0.5)
    a = wp.uint32(wp.clamp(alpha, 0.0, 1.0) * 255.0 + 0.5)
    return (a << wp.uint32(24)) | (b << wp.uint32(16)) | (g << wp.uint32(8)) | r


def packed_565(color):
    """Red, green and blue in sixteen bits."""
    r = int(wp.clamp(color[0], 0.0, 1.0) * 31.0 + 0.5)
    g = int(wp.clamp(color[1], 0.0, 1.0) * 63.0 + 0.5)
    b = int(wp.clamp(color[2], 0.0, 1.0) * 31.0 + 0.5)
    packed_565 = (r << 11) | (g << 5) | b
    return packed_565


def unpacked_color(packed_color):
    r = float(int(packed_color & wp.uint32(0xFF)))
    g = float(int((packed_color >> wp.uint32(8)) & wp.uint32(0xFF)))
    b = float(int((packed_color >> wp.uint32(16)) & wp.uint32(0xFF)))
    unpacked_rgb = wp.vec3(r, g, b) / 255.0
    return unpacked_rgb


def blended_color(packed_color_a, packed_color_b):
    """Mean of two packed colors, without their low bits."""
    half = wp.uint32(0x7F7F7F7F)
    next_packed_color = ((packed_color_a >> wp.uint32(1)) & half) + ((packed_color_b >> wp.uint32(1)) & half)
    return next_packed_color


def luma(packed_color):
    r = int(packed_color & wp.uint32(0xFF))
    g = int((packed_color >> wp.uint32(8)) & wp.uint32(0xFF))
    b = int((packed_color >> wp.uint32(16)) & wp.uint32(0xFF))
    return (77 * r + 150 * g + 29 * b) >> 8


def octahedral(normal):
    """Octahedral map of a direction to a square."""
    total = wp.abs(normal[0]) + wp.abs(normal[1]) + wp.abs(normal[2])
    p = wp.vec2(normal[0], normal[1]) / wp.max(total, 1.0e-6)
    if normal[2] < 0.0:
        sx = 1.0 if p[0] >= 0.0 else -1.0
        sy = 1.0 if p[1] >= 0.0 else -1.0
        p = wp.vec2((1.0 - wp.abs(p[1])) * sx, (1.0 - wp.abs(p[0])) * sy)
    return p


def encoded_normal(octahedral):
    u = wp.uint32(int(wp.round((0.5 * octahedral[0] + 0.5) * 65535.0)))
    v = wp.uint32(int(wp.round((0.5 * octahedral[1] + 0.5) * 65535.0)))
    return (v << wp.uint32(16)) | u


def unpacked_normal(packed_normal):
    """A direction from its octahedral bits."""
    x = float(int(packed_normal & wp.uint32(0xFFFF))) / 32767.5 - 1.0
    y = float(int(packed_normal >> wp.uint32(16))) / 32767.5 - 1.0
    z = 1.0 - wp.abs(x) - wp.abs(y)
    fold = wp.max(-z, 0.0)
    x = x - wp.sign(x) * fold
    y = y - wp.sign(y) * fold
    unpacked_normal = wp.normalize(wp.vec3(x, y, z))
    return unpacked_normal


def fixed_of(fraction):
    """Eight bits after the point, rounded."""
    encoded_fixed = int(wp.round(fraction * 256.0))
    return encoded_fixed


def fixed_product(fixed_a, fixed_b):
    fixed_point = (fixed_a * fixed_b + 128) >> 8
    return fixed_point


def fixed_quotient(fixed_a, fixed_b):
    divisor = fixed_b
    if wp.abs(divisor) < 16:
        divisor = 16
    fixed_point = fixed_a * 256 // divisor
    return fixed_point


def fixed_lerp(fixed_a, fixed_b, blend_weight):
    weight = int(blend_weight * 256.0)
    fixed_point = fixed_a + (((fixed_b - fixed_a) * weight) >> 8)
    return fixed_point


def saturated(fixed_a, fixed_b):
    """Addition that stays within its range."""
    fixed_point = wp.clamp(fixed_a + fixed_b, -16384, 16383)
    return fixed_point


def fraction_of(fixed):
    decoded_fraction = float(fixed) / 256.0
    return decoded_fraction


def checksum(payload):
    """Fletcher's checksum of sixteen bits."""
    low = int(0)
    high = int(0)
    for n in range(len(payload)):
        low = (low + payload[n]) % 255
        high = (high + low) % 255
    return (high << 8) | low


def adler(payload):
    """Adler's checksum."""
    a = int(1)
    b = int(0)
    for n in range(len(payload)):
        a = (a + payload[n]) % 65521
        b = (b + a) % 65521
    adler = (wp.uint32(b) << wp.uint32(16)) | wp.uint32(a)
    return adler


def crc(payload):
    """CRC-32, one bit at a time."""
    c = wp.uint32(0xFFFFFFFF)
    for n in range(len(payload)):
        c = c ^ wp.uint32(payload[n])
        for _ in range(8):
            if c & wp.uint32(1) == wp.uint32(1):
                c = (c >> wp.uint32(1)) ^ wp.uint32(0xEDB88320)
            else:
                c = c >> wp.uint32(1)
    return ~c


def xor_checksum(payload, start_sum):
    checksum = int(start_sum)
    for n in range(len(payload)):
        checksum = checksum ^ payload[n]
    return checksum


def internet_checksum(payload):
    """Sum in ones' complement, as in internet headers."""
    total = int(0)
    for n in range(len(payload)):
        total = total + (payload[n] << (8 * (n & 1)))
    folded = (total & 65535) + (total >> 16)
    checksum = 65535 - (folded & 65535)
    return checksum


def luhn_digit(number):
    """Luhn's check digit."""
    left = int(number)
    total = int(0)
    for n in range(5):
        d = left % 10
        if n % 2 == 0:
            d = 2 * d
            if d > 9:
                d = d - 9
        total = total + d
        left = left // 10
    digit = (10 - total % 10) % 10
    return digit


def common_divisor(number_a, number_b):
    """Euclid's algorithm."""
    a = int(number_a)
    b = int(number_b)
    for _ in range(20):
        if b != 0:
            r = a % b
            a = b
            b = r
    return a


def multiple(number_a, number_b):
    """Least common multiple by Euclid's algorithm."""
    a = int(number_a)
    b = int(number_b)
    for _ in range(20):
        if b == 0:
            break
        r = a % b
        a = b
        b = r
    return number_a // a * number_b


def residue(value, modulus):
    return value % modulus


def power_residue(number, exponent, modulus):
    """Modular power by squaring."""
    base = int(number % modulus)
    left = int(exponent)
    residue = int(1)
    for _ in range(4):
        if left & 1 == 1:
            residue = residue * base % modulus
        base = base * base % modulus
        left = left >> 1
    return residue


def inverse_residue(number, modulus):
    """Inverse of a number modulo another, by trial; zero where there is none."""
    residue = int(0)
    for n in range(1, modulus):
        if number % modulus * n % modulus == 1:
            residue = n
    return residue


def divisors(number):
    count = int(0)
    for n in range(1, 71):
        if n * n <= number and number % n == 0:
            count = count + 2
            if n * n == number:
                count = count - 1
    return count


def prime(number):
    """Trial division."""
    found = int(0)
    for n in range(2, 71):
        if n * n <= number and number % n == 0:
            found = found + 1
    return number > 1 and found == 0


def coprime(number, modulus):
    a = int(number)
    b = int(modulus)
    for _ in range(12):
        if b != 0:
            r = a % b
            a = b
            b = r
    return a == 1


def root(value):
    """Integer square root, bit by bit."""
    result = int(0)
    for n in range(8):
        trial = result | (128 >> n)
        if trial * trial <= value:
            result = trial
    return result


def newton_root(value):
    guess = int(256)
    for _ in range(12):
        guess = wp.min(guess, (guess + value // wp.max(guess, 1)) // 2)
    root = guess
    return root


def collatz(number):
    """Steps of Collatz's sequence, at most a hundred."""
    n = int(number)
    count = int(0)
    for _ in range(100):
        if n > 1:
            count = count + 1
            if n % 2 == 0:
                n = n // 2
            else:
                n = 3 * n + 1
    return count


def digit_sum(number):
    left = int(number)
    total = int(0)
    for _ in range(5):
        total = total + left % 10
        left = left // 10
    return total


def reversed_digits(number):
    left = int(number)
    mirrored = int(0)
    for _ in range(5):
        if left > 0:
            mirrored = 10 * mirrored + left % 10
            left = left // 10
    return mirrored


def leap(year):
    """Leap year of the Gregorian calendar."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(month, leap):
    if month == 2:
        return 29 if leap else 28
    return 30 + ((month + month // 8) & 1)


def day_of_year(month, day, leap):
    n = 275 * month // 9 - 30 + day
    if month > 2:
        n = n - (1 if leap else 2)
    return n


def day_number(year, month, day):
    """Julian day number of Fliegel and Van Flandern."""
    a = (14 - month) // 12
    y = year + 4800 - a
    m = month + 12 * a - 3
    return day + (153 * m + 2) // 5 + 365 * y + y // 4 - y // 100 + y // 400 - 32045


def weekday(day_number):
    return (day_number + 1) % 7


def zeller(year, month, day):
    """Zeller's congruence, counted from Sunday."""
    m = month
    y = year
    if month < 3:
        m = month + 12
        y = year - 1
    h = (day + 13 * (m + 1) // 5 + y + y // 4 - y // 100 + y // 400) % 7
    weekday = (h + 6) % 7
    return weekday


def packed_date(year, month, day):
    """A date in the sixteen bits of a FAT file system."""
    fat_date = (wp.clamp(year - 1980, 0, 127) << 9) | (month << 5) | day
    return fat_date


def easter(year):
    """Day of the year of Easter's full moon, after Gauss."""
    golden = year % 19
    century = year // 100
    shift = (15 + century - century // 4 - (8 * century + 13) // 25) % 30
    moon = (19 * golden + shift) % 30
    easter_moon = 80 + moon
    return easter_moon


def clock(seconds):
    """Hours, minutes and seconds in one number."""
    hours = seconds // 3600
    minutes = seconds // 60 % 60
    return 10000 * hours + 100 * minutes + seconds % 60


def used(head, tail, ring_size):
    """Entries of a ring buffer."""
    return (head % ring_size - tail % ring_size + ring_size) % ring_size


def full(used, ring_size):
    return used + 1 >= ring_size


def next_head(head, burst, ring_size):
    return (head + burst) % ring_size


def pushed(head, tail, ring_size):
    """A ring buffer that drops its oldest entry when it is full."""
    next_head = (head + 1) % ring_size
    next_tail = tail % ring_size
    if next_head == next_tail:
        next_tail = (next_tail + 1) % ring_size
    return next_head, next_tail


def payload_hash(payload, seed):
    """MurmurHash3 of a row of bytes, four at a time."""
    h = wp.uint32(seed)
    count = len(payload)
    blocks = count // 4
    for n in range(blocks):
        k = wp.uint32(payload[4 * n]) | (wp.uint32(payload[4 * n + 1]) << wp.uint32(8))
        k = k | (wp.uint32(payload[4 * n + 2]) << wp.uint32(16)) | (wp.uint32(payload[4 * n + 3]) << wp.uint32(24))
        k = k * wp.uint32(0xCC9E2D51)
        k = (k << wp.uint32(15)) | (k >> wp.uint32(17))
        h = h ^ (k * wp.uint32(0x1B873593))
        h = (h << wp.uint32(13)) | (h >> wp.uint32(19))
        h = h * wp.uint32(5) + wp.uint32(0xE6546B64)
    for n in range(4 * blocks, count):
        h = (h ^ wp.uint32(payload[n])) * wp.uint32(0x1B873593)
    h = h ^ wp.uint32(count)
    h = (h ^ (h >> wp.uint32(16))) * wp.uint32(0x85EBCA6B)
    h = (h ^ (h >> wp.uint32(13))) * wp.uint32(0xC2B2AE35)
    return h ^ (h >> wp.uint32(16))


def codepoint(payload):
    """First character of a row of UTF-8, or minus one where it is broken."""
    lead = payload[0]
    if lead < 128:
        return lead
    extra = 0
    code = 0
    if lead >= 192 and lead < 224:
        extra = 1
        code = lead & 31
    elif lead >= 224 and lead < 240:
        extra = 2
        code = lead & 15
    elif lead >= 240 and lead < 245:
        extra = 3
        code = lead & 7
    if extra == 0 or extra >= len(payload):
        return -1
    result = int(code)
    for n in range(1, extra + 1):
        if payload[n] & 192 != 128:
            return -1
        result = (result << 6) | (payload[n] & 63)
    return wp.min(result, 1114111)


def varint(payload):
    """Little-endian number of seven bits a byte, as protocol buffers have it."""
    result = int(0)
    for n in range(wp.min(len(payload), 4)):
        result = result | ((payload[n] & 127) << (7 * n))
        if payload[n] < 128:
            break
    return result


def run_total(payload):
    """Runs of equal bytes that a run-length code would write, at most fifteen bytes each."""
    runs = int(1)
    length = int(1)
    for n in range(1, len(payload)):
        if payload[n] >> 6 == payload[n - 1] >> 6 and length < 15:
            length += 1
            continue
        runs += 1
        length = 1
    return runs


def corrected(code_word):
    """Data bits of a Hamming (7, 4) code with the bit turned that its syndrome names."""
    p1 = (
        code_word ^ (code_word >> wp.uint32(2)) ^ (code_word >> wp.uint32(4)) ^ (code_word >> wp.uint32(6))
    ) & wp.uint32(1)
    p2 = (
        (code_word >> wp.uint32(1))
        ^ (code_word >> wp.uint32(2))
        ^ (code_word >> wp.uint32(5))
        ^ (code_word >> wp.uint32(6))
    ) & wp.uint32(1)
    p4 = (
        (code_word >> wp.uint32(3))
        ^ (code_word >> wp.uint32(4))
        ^ (code_word >> wp.uint32(5))
        ^ (code_word >> wp.uint32(6))
    ) & wp.uint32(1)
    syndrome = p1 | (p2 << wp.uint32(1)) | (p4 << wp.uint32(2))
    fixed_word = code_word
    if syndrome != wp.uint32(0):
        fixed_word = code_word ^ (wp.uint32(1) << (syndrome - wp.uint32(1)))
    low = (fixed_word >> wp.uint32(2)) & wp.uint32(1)
    high = (fixed_word >> wp.uint32(4)) & wp.uint32(7)
    return low | (high << wp.uint32(1))


def clocked_register(shift_register, bit):
    """A Fibonacci shift register of sixteen bits, clocked so many times."""
    state = wp.uint32(shift_register)
    for n in range(bit + 1):
        feed = state ^ (state >> wp.uint32(2)) ^ (state >> wp.uint32(3)) ^ (state >> wp.uint32(5))
        state = (state >> wp.uint32(1)) | ((feed & wp.uint32(1)) << wp.uint32(15))
    next_shift_register = state
    return next_shift_register


def half_bits(half_source):
    """Half precision by hand: sign, exponent and mantissa, with zero, subnormal and infinite values."""
    sign = wp.uint32(0)
    x = half_source
    if half_source < 0.0:
        sign = wp.uint32(0x8000)
        x = -half_source
    if x >= 65520.0:
        return sign | wp.uint32(0x7C00)
    if x < 0.00006103515625:
        return sign | wp.uint32(int(x * 16777216.0 + 0.5))
    e = int(wp.floor(wp.log2(x)))
    e = wp.clamp(e, -14, 15)
    scaled = x * wp.pow(2.0, float(-e))
    mantissa = wp.clamp(int((scaled - 1.0) * 1024.0 + 0.5), 0, 1023)
    return sign | (wp.uint32(e + 15) << wp.uint32(10)) | wp.uint32(mantissa)


def permuted(value, seed):
    """Feistel network of four rounds over sixteen bits: every value has its own image."""
    left = wp.uint32(value >> 8)
    right = wp.uint32(value & 255)
    for n in range(4):
        key_n = seed + wp.uint32(n) * wp.uint32(0x9E3779B9)
        f = (right ^ key_n) * wp.uint32(0x85EBCA6B)
        f = (f ^ (f >> wp.uint32(13))) & wp.uint32(255)
        swapped = left ^ f
        left = right
        right = swapped
    return int((left << wp.uint32(8)) | right)


def hilbert_cell(hilbert_code):
    """Cell of an index along a Hilbert curve of 64 by 64."""
    t = int(hilbert_code)
    x = int(0)
    y = int(0)
    side = int(1)
    for n in range(6):
        rx = 1 & (t // 2)
        ry = 1 & (t ^ rx)
        if ry == 0:
            turned_x = (side - 1) * rx + (1 - 2 * rx) * y
            y = (side - 1) * rx + (1 - 2 * rx) * x
            x = turned_x
        x += side * rx
        y += side * ry
        t = t // 4
        side = side * 2
    column = x
    row = y
    return column, row


def iso_week(year, month, day):
    """Week of the year as ISO 8601 counts it."""
    leap_days = 1 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 0
    ordinal = 275 * month // 9 - 30 + day
    if month > 2:
        ordinal = ordinal - 2 + leap_days
    y = year - 1
    first = (y + y // 4 - y // 100 + y // 400) % 7
    day_of_week = (first + ordinal - 1) % 7 + 1
    number = (ordinal - day_of_week + 10) // 7
    if number < 1:
        return 53 if first == 4 or (first == 5 and y % 4 == 0) else 52
    if number == 53 and ordinal - day_of_week >= 362 + leap_days:
        return 1
    week = number
    return week


def civil_date(serial):
    """Year, month and day of a Julian day number (Fliegel and Van Flandern)."""
    days = serial + 68569
    n = 4 * days // 146097
    days = days - (146097 * n + 3) // 4
    i = 4000 * (days + 1) // 1461001
    days = days - 1461 * i // 4 + 31
    j = 80 * days // 2447
    civil_day = days - 2447 * j // 80
    days = j // 11
    civil_month = j + 2 - 12 * days
    civil_year = 100 * (n - 49) + i + days
    return civil_year, civil_month, civil_day


def probably_prime(odd_number):
    """Miller and Rabin's test to the bases two and three, which is exact below a million."""
    if odd_number % 2 == 0:
        return False
    d = int(odd_number - 1)
    s = int(0)
    for n in range(12):
        if d % 2 != 0:
            break
        d = d // 2
        s += 1
    for witness in range(2, 4):
        if odd_number % witness == 0:
            return odd_number == witness
        x = int(1)
        power = int(witness)
        left = int(d)
        for n in range(12):
            if left & 1 == 1:
                x = x * power % odd_number
            power = power * power % odd_number
            left = left >> 1
        if x == 1 or x == odd_number - 1:
            continue
        passed = bool(False)
        for n in range(1, s):
            x = x * x % odd_number
            if x == odd_number - 1:
                passed = True
                break
        if not passed:
            return False
    return True


def sextet(base64_char):
    """Value of a character of base 64, or minus one."""
    if base64_char >= 65 and base64_char <= 90:
        return base64_char - 65
    if base64_char >= 97 and base64_char <= 122:
        return base64_char - 71
    if base64_char >= 48 and base64_char <= 57:
        return base64_char + 4
    if base64_char == 43:
        return 62
    if base64_char == 47:
        return 63
    return -1


def selected_bit(word, rank_bit):
    """Place of the set bit of a rank, or minus one where there are fewer."""
    left = int(rank_bit)
    for n in range(32):
        if (word >> wp.uint32(n)) & wp.uint32(1) == wp.uint32(0):
            continue
        if left == 0:
            return n
        left -= 1
    return -1


def binary_divisor(number_a, number_b):
    """Stein's greatest common divisor, by shifts alone."""
    a = int(number_a)
    b = int(number_b)
    shift_n = int(0)
    for n in range(13):
        if (a | b) & 1 == 1:
            break
        a = a >> 1
        b = b >> 1
        shift_n += 1
    for n in range(40):
        if a == 0 or b == 0:
            break
        if a & 1 == 0:
            a = a >> 1
        elif b & 1 == 0:
            b = b >> 1
        elif a >= b:
            a = (a - b) >> 1
        else:
            b = (b - a) >> 1
    common_divisor = wp.max(a, b) << shift_n
    return common_divisor
