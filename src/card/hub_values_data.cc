// Made by tools/make_hub_values.py; do not edit.
#include "card/hub_values_data.h"

// clang-format off
namespace slipway::card {
namespace {

// In the Hub's own order.
constexpr std::string_view kLicenses[] = {
    "apache-2.0", "mit", "openrail", "bigscience-openrail-m", "creativeml-openrail-m",
    "bigscience-bloom-rail-1.0", "bigcode-openrail-m", "afl-3.0", "artistic-2.0", "bsl-1.0", "bsd",
    "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear", "c-uda", "cc", "cc0-1.0", "cc-by-2.0",
    "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0",
    "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0",
    "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cdla-sharing-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0",
    "wtfpl", "ecl-2.0", "epl-1.0", "epl-2.0", "etalab-2.0", "eupl-1.1", "eupl-1.2", "agpl-3.0", "gfdl",
    "gpl", "gpl-2.0", "gpl-3.0", "lgpl", "lgpl-2.1", "lgpl-3.0", "isc", "h-research", "intel-research",
    "lppl-1.3c", "ms-pl", "apple-ascl", "apple-amlr", "mpl-2.0", "odc-by", "odbl", "openmdw-1.0",
    "openmdw-1.1", "openrail++", "osl-3.0", "postgresql", "ofl-1.1", "ncsa", "unlicense", "zlib", "pddl",
    "lgpl-lr", "deepfloyd-if-license", "fair-noncommercial-research-license", "llama2", "llama3",
    "llama3.1", "llama3.2", "llama3.3", "llama4", "grok2-community", "gemma", "unknown", "other",
};

// In the Hub's own order.
constexpr std::string_view kPipelineTags[] = {
    "text-classification", "token-classification", "table-question-answering", "question-answering",
    "zero-shot-classification", "translation", "summarization", "feature-extraction", "text-generation",
    "fill-mask", "sentence-similarity", "text-to-speech", "text-to-audio", "automatic-speech-recognition",
    "audio-to-audio", "audio-classification", "audio-text-to-text", "voice-activity-detection",
    "depth-estimation", "image-classification", "object-detection", "image-segmentation", "text-to-image",
    "image-to-text", "image-to-image", "image-to-video", "unconditional-image-generation",
    "video-classification", "reinforcement-learning", "robotics", "tabular-classification",
    "tabular-regression", "tabular-to-text", "table-to-text", "multiple-choice", "text-ranking",
    "text-retrieval", "time-series-forecasting", "text-to-video", "image-text-to-text",
    "image-text-to-image", "image-text-to-video", "visual-question-answering",
    "document-question-answering", "zero-shot-image-classification", "graph-ml", "mask-generation",
    "zero-shot-object-detection", "text-to-3d", "image-to-3d", "image-feature-extraction",
    "video-text-to-text", "keypoint-detection", "visual-document-retrieval", "any-to-any", "video-to-video",
    "other",
};

// ISO 639-1 and the special values, sorted.
constexpr std::string_view kShortLanguages[] = {
    "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg", "bh", "bi",
    "bm", "bn", "bo", "br", "bs", "ca", "ce", "ch", "co", "code", "cr", "cs", "cu", "cv", "cy", "da", "de",
    "dv", "dz", "ee", "el", "en", "eo", "es", "et", "eu", "fa", "ff", "fi", "fj", "fo", "fr", "fy", "ga",
    "gd", "gl", "gn", "gu", "gv", "ha", "he", "hi", "ho", "hr", "ht", "hu", "hy", "hz", "ia", "id", "ie",
    "ig", "ii", "ik", "io", "is", "it", "iu", "ja", "jv", "ka", "kg", "ki", "kj", "kk", "kl", "km", "kn",
    "ko", "kr", "ks", "ku", "kv", "kw", "ky", "la", "lb", "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg",
    "mh", "mi", "mk", "ml", "mn", "mr", "ms", "mt", "multilingual", "my", "na", "nb", "nd", "ne", "ng",
    "nl", "nn", "no", "nr", "nv", "ny", "oc", "oj", "om", "or", "os", "pa", "pi", "pl", "ps", "pt", "qu",
    "rm", "rn", "ro", "ru", "rw", "sa", "sc", "sd", "se", "sg", "si", "sk", "sl", "sm", "sn", "so", "sq",
    "sr", "ss", "st", "su", "sv", "sw", "ta", "te", "tg", "th", "ti", "tk", "tl", "tn", "to", "tr", "ts",
    "tt", "tw", "ty", "ug", "uk", "ur", "uz", "ve", "vi", "vo", "wa", "wo", "xh", "yi", "yo", "za", "zh",
    "zu",
};

// ISO 639-3, sorted, three letters each without a gap.
constexpr std::string_view kLongLanguages =
    "aaaaabaacaadaaeaafaagaahaaiaakaalaanaaoaapaaqaaraasaataauaawaaxaazabaabbabcabdabeabfabgabhabiabjabkabl"
    "abmabnaboabpabqabrabsabtabuabvabwabxabyabzacaacbacdaceacfachaciackaclacmacnacpacqacracsactacuacvacwacx"
    "acyaczadaadbaddadeadfadgadhadiadjadladnadoadqadradsadtaduadwadxadyadzaeaaebaecaedaeeaekaelaemaenaeqaer"
    "aesaeuaewaeyaezafbafdafeafgafhafiafkafnafoafpafrafsaftafuafzagaagbagcagdageagfaggaghagiagjagkaglagmagn"
    "agoagqagragsagtaguagvagwagxagyagzahaahbahgahhahiahkahlahmahnahoahpahrahsahtaiaaibaicaidaieaifaigaihaii"
    "aijaikailaimainaioaipaiqairaitaiwaixaiyajaajgajiajnajsajuajwajzakaakbakcakdakeakfakgakhakiakjakkaklakm"
    "akoakpakqakraksaktakuakvakwakxakyakzalaalcaldalealfalhalialjalkallalmalnaloalpalqalralsaltalualwalxaly"
    "alzamaambamcameamfamgamhamiamjamkamlammamnamoampamqamramsamtamuamvamwamxamyamzanaanbancandaneanfanganh"
    "anianjankanlanmannanoanpanqanransantanuanvanwanxanyanzaoaaobaocaodaoeaofaogaoiaojaokaolaomaonaoraosaot"
    "aouaoxaozapbapcapdapeapfapgaphapiapjapkaplapmapnapoappapqaprapsaptapuapvapwapxapyapzaqcaqdaqgaqkaqmaqn"
    "aqpaqraqtaqzaraarbarcardareargarhariarjarkarlarnaroarparqarrarsaruarvarwarxaryarzasaasbascaseasfasgash"
    "asiasjaskaslasmasnasoaspasqasrassastasuasvaswasxasyaszataatbatcatdateatgatiatjatkatlatmatnatoatpatqatr"
    "atsattatuatvatwatxatyatzauaaubaucaudaugauhauiaujaukaulaumaunauoaupauqaurautauuauwauxauyauzavaavbavdave"
    "aviavkavlavmavnavoavsavtavuavvawaawbawcaweawgawhawiawkawmawnawoawrawsawtawuawvawwawxawyaxbaxeaxgaxkaxl"
    "axmaxxayaaybaycaydayeaygayhayiaykaylaymaynayoaypayqayraysaytayuayzazaazbazdazeazgazjazmaznazoaztazzbaa"
    "babbacbaebafbagbahbajbakbalbambanbaobapbarbasbaubavbawbaxbaybbabbbbbcbbdbbebbfbbgbbhbbibbjbbkbblbbmbbn"
    "bbobbpbbqbbrbbsbbtbbubbvbbwbbxbbybcabcbbccbcdbcebcfbcgbchbcibcjbckbclbcmbcnbcobcpbcqbcrbcsbctbcubcvbcw"
    "bcybczbdabdbbdcbddbdebdfbdgbdhbdibdjbdkbdlbdmbdnbdobdpbdqbdrbdsbdtbdubdvbdwbdxbdybdzbeabebbecbedbeebef"
    "begbehbeibejbekbelbembenbeobepbeqbesbetbeubevbewbexbeybezbfabfbbfcbfdbfebffbfgbfhbfibfjbfkbflbfmbfnbfo"
    "bfpbfqbfrbfsbftbfubfwbfxbfybfzbgabgbbgcbgdbgebgfbggbgibgjbgkbglbgnbgobgpbgqbgrbgsbgtbgubgvbgwbgxbgybgz"
    "bhabhbbhcbhdbhebhfbhgbhhbhibhjbhlbhmbhnbhobhpbhqbhrbhsbhtbhubhvbhwbhxbhybhzbiabibbidbiebifbigbikbilbim"
    "binbiobipbiqbirbisbitbiubivbiwbixbiybizbjabjbbjcbjebjfbjgbjhbjibjjbjkbjlbjmbjnbjobjpbjrbjsbjtbjubjvbjw"
    "bjxbjybjzbkabkcbkdbkfbkgbkhbkibkjbkkbklbkmbknbkobkpbkqbkrbksbktbkubkvbkwbkxbkybkzblablbblcbldbleblfblh"
    "blibljblkbllblmblnbloblpblqblrblsbltblvblwblxblyblzbmabmbbmcbmdbmebmfbmgbmhbmibmjbmkbmlbmmbmnbmobmpbmq"
    "bmrbmsbmtbmubmvbmwbmxbmzbnabnbbncbndbnebnfbngbnibnjbnkbnlbnmbnnbnobnpbnqbnrbnsbnubnvbnwbnxbnybnzboabob"
    "bodboebofbogbohboibojbokbolbombonboobopboqborbosbotboubovbowboxboybozbpabpcbpdbpebpgbphbpibpjbpkbplbpm"
    "bpnbpobppbpqbprbpsbptbpubpvbpwbpxbpybpzbqabqbbqcbqdbqfbqgbqhbqibqjbqkbqlbqmbqnbqobqpbqqbqrbqsbqtbqubqv"
    "bqwbqxbqybqzbrabrbbrcbrdbrebrfbrgbrhbribrjbrkbrlbrmbrnbrobrpbrqbrrbrsbrtbrubrvbrwbrxbrybrzbsabsbbscbse"
    "bsfbsgbshbsibsjbskbslbsmbsnbsobspbsqbsrbssbstbsubsvbswbsxbsybtabtcbtdbtebtfbtgbthbtibtjbtmbtnbtobtpbtq"
    "btrbtsbttbtubtvbtwbtxbtybtzbuabubbucbudbuebufbugbuhbuibujbukbulbumbunbuobupbuqbusbutbuubuvbuwbuxbuybuz"
    "bvabvbbvcbvdbvebvfbvgbvhbvibvjbvkbvlbvmbvnbvobvpbvqbvrbvtbvubvvbvwbvxbvybvzbwabwbbwcbwdbwebwfbwgbwhbwi"
    "bwjbwkbwlbwmbwnbwobwpbwqbwrbwsbwtbwubwwbwxbwybwzbxabxbbxcbxdbxebxfbxgbxhbxibxjbxkbxlbxmbxnbxobxpbxqbxr"
    "bxsbxubxvbxwbxzbyabybbycbydbyebyfbygbyhbyibyjbykbylbymbynbyobypbyqbyrbysbytbyvbywbyxbyzbzabzbbzcbzdbze"
    "bzfbzgbzhbzibzjbzkbzlbzmbznbzobzpbzqbzrbzsbztbzubzvbzwbzxbzybzzcaacabcaccadcaecafcagcahcajcakcalcamcan"
    "caocapcaqcarcascatcavcawcaxcaycazcbbcbccbdcbgcbicbjcbkcblcbncbocbqcbrcbscbtcbucbvcbwcbycccccdcceccgcch"
    "ccjcclccmccoccpccrcdacdecdfcdhcdicdjcdmcdncdocdrcdscdycdzceacebcegcekcencescetceycfacfdcfgcfmcgacgccgg"
    "cgkchachbchcchdchechfchgchhchjchkchlchmchnchochpchqchrchtchuchvchwchxchychzciacibciccidciecihcikcimcin"
    "cipcirciwciycjacjecjhcjicjkcjmcjncjocjpcjscjvcjyckbckhcklckmcknckockqckrckscktckuckvckxckyckzclaclccld"
    "cleclhclicljclkcllclmclocltcluclwclycmacmecmgcmicmlcmmcmncmocmrcmscmtcnacnbcnccngcnhcnicnkcnlcnocnpcnq"
    "cnrcnscntcnucnwcnxcoacobcoccodcoecofcogcohcojcokcolcomconcoocopcoqcorcoscotcoucovcowcoxcozcpacpbcpccpg"
    "cpicpncpocpscpucpxcpycqdcracrbcrccrdcrecrfcrgcrhcricrjcrkcrlcrmcrncrocrqcrrcrscrtcrvcrwcrxcrycrzcsacsb"
    "csccsdcsecsfcsgcshcsicsjcskcslcsmcsncsocspcsqcsrcsscstcsvcswcsxcsycszctactcctdctectgcthctlctmctnctoctp"
    "ctscttctuctyctzcuacubcuccuhcuicujcukculcuocupcuqcurcutcuucuvcuwcuxcuycvgcvncwacwbcwdcwecwgcwtcxhcyacyb"
    "cymcyoczhczkcznczocztdaadacdaddaedagdahdaidajdakdaldamdandaodaqdardasdaudavdawdaxdazdbadbbdbddbedbfdbg"
    "dbidbjdbldbmdbndbodbpdbqdbrdbtdbudbvdbwdbydccdcrddadddddeddgddiddjddnddoddrddsddwdecdeddeedefdegdehdei"
    "dekdeldemdendepdeqderdesdeudevdezdgadgbdgcdgddgedggdghdgidgkdgldgndgodgrdgsdgtdgwdgxdgzdhddhgdhidhldhm"
    "dhndhodhrdhsdhudhvdhwdhxdiadibdicdiddifdigdihdiidijdikdildimdindiodipdiqdirdisdiudivdiwdixdiydizdjadjb"
    "djcdjddjedjfdjidjjdjkdjmdjndjodjrdjudjwdkadkgdkkdkrdksdkxdlgdlkdlmdlndmadmbdmcdmddmedmfdmgdmkdmldmmdmo"
    "dmrdmsdmudmvdmwdmxdmydnadnddnedngdnidnjdnkdnndnodnrdntdnudnvdnwdnydoadobdocdoedofdohdoidokdoldondoodop"
    "doqdordosdotdovdowdoxdoydozdppdrbdrcdrddredrgdridrldrndrodrqdrsdrtdrudrydsbdsedshdsidskdsldsndsodsqdsz"
    "dtadtbdtddthdtidtkdtmdtndtodtpdtrdtsdttdtudtyduadubducduedufdugduhduidukduldumdunduodupduqdurdusduuduv"
    "duwduxduyduzdvadwadwkdwrdwsdwudwwdwydwzdyadybdyddygdyidymdyndyodyrdyudyydzadzddzedzgdzldzndzoeaaebcebg"
    "ebkeboebrebuecrecsecyeeeefaefeefiegaeglegmegoegyehsehueipeiteivejaekaekeekgekiekkeklekmekoekpekrekyele"
    "elhelielkellelmeloeluelxemaembemeemgemiemkemmemnempemqemsemuemwemxemyemzenaenbencendenfengenhenlenmenn"
    "enoenqenrenuenvenwenxeotepiepoeraergerherierkeroerrerserterweseesgeshesieskeslesmesnesoesqessestesuesy"
    "etbetcethetnetoetretsettetuetxetzeudeuseveevhevneweewoexteyaeyoezaezefaafabfadfaffagfahfaifajfakfalfam"
    "fanfaofapfarfasfatfaufaxfayfazfblfcsferffiffmfgrfiafiefiffijfilfinfipfirfitfiwfkkfkvflaflhflifllflnflr"
    "flyfmpfmufnbfngfnifodfoifomfonforfosfpefqsfrafrcfrdfrkfrmfrofrpfrqfrrfrsfrtfryfsefslfssfubfucfudfuefuf"
    "fuhfuifujfulfumfunfuqfurfutfuufuvfuyfvrfwafwegaagabgacgadgaegafgaggahgaigajgakgalgamgangaogapgaqgargas"
    "gatgaugawgaxgaygazgbagbbgbdgbegbfgbggbhgbigbjgbkgblgbmgbngbogbpgbqgbrgbsgbugbvgbwgbxgbygbzgccgcdgcegcf"
    "gclgcngcrgctgdagdbgdcgddgdegdfgdggdhgdigdjgdkgdlgdmgdngdogdqgdrgdsgdtgdugdxgeagebgecgedgefgeggehgeigej"
    "gekgelgeqgesgevgewgexgeygezgfkgftggaggbggdggegggggkgglggtgguggwghaghcgheghhghkghlghnghoghrghsghtgiagib"
    "gicgidgiegiggihgiigilgimgingipgiqgirgisgitgiugiwgixgiygizgjkgjmgjngjrgjugkagkdgkegkngkogkpgkuglaglbglc"
    "gldgleglgglhgljglkgllgloglrgluglvglwglygmagmbgmdgmggmhgmlgmmgmngmrgmugmvgmxgmygmzgnagnbgncgndgnegnggnh"
    "gnignjgnkgnlgnmgnngnognqgnrgntgnugnwgnzgoagobgocgodgoegofgoggohgoigojgokgolgomgongoogopgoqgorgosgotgou"
    "govgowgoxgoygozgpagpegpngqagqigqngqrgqugragrbgrcgrdgrggrhgrigrjgrmgrngrogrqgrrgrsgrtgrugrvgrwgrxgrygrz"
    "gsegsggslgsmgsngsogspgssgswgtagtuguagubgucgudguegufgugguhguigujgukgulgumgunguogupguqgurgusgutguuguwgux"
    "guzgvagvcgvegvfgvjgvlgvmgvngvogvpgvrgvsgvygwagwbgwcgwdgwegwfgwggwigwjgwmgwngwrgwtgwugwwgwxgxxgyagybgyd"
    "gyegyfgyggyigylgymgyngyogyrgyygyzgzagzigznhaahabhachadhaehafhaghahhaihajhakhalhamhanhaohaphaqharhashat"
    "hauhavhawhaxhayhazhbahbbhbnhbohbshbuhcahchhdnhdshdyheahebhedheghehheihemherhgmhgwhhihhrhhyhiahibhidhif"
    "highihhiihijhikhilhinhiohirhithiwhixhjihkahkehkhhkkhknhkshlahlbhldhlehlthluhmahmbhmchmdhmehmfhmghmhhmi"
    "hmjhmkhmlhmmhmnhmohmphmqhmrhmshmthmuhmvhmwhmyhmzhnahndhnehnghnhhnihnjhnnhnohnshnuhoahobhochodhoehohhoi"
    "hojholhomhoohophorhoshothovhowhoyhozhpohpshrahrchrehrkhrmhrohrphrthruhrvhrwhrxhrzhsbhshhslhsnhsshtihto"
    "htshtuhtxhubhuchudhuehufhughuhhuihujhukhulhumhunhuohuphuqhurhushuthuuhuvhuwhuxhuyhuzhvchvehvkhvnhvvhwa"
    "hwchwohyahyehywiaiianiaribaibbibdibeibgibhiblibmibniboibribuibyicaichiclicridaidbidciddideidiidoidrids"
    "idtiduifaifbifeiffifkifmifuifyigbigeiggigligmignigoigsigwihbihiihpihwiiiiinijcijeijjijnijsikeikhikiikk"
    "iklikoikpikriksiktikuikvikwikxikzilailbileilgiliilkilmiloilpilsiluilvimaimiimlimnimoimrimsimtimyinainb"
    "indinginhinjinlinminninoinpinsintinzioriouiowipiipkipoiquiqwireirhiriirkirnirriruirxiryisaiscisdiseisg"
    "ishisiiskislismisnisoisristisuitaitbitditeitiitkitlitmitoitritsittitvitwitxityitziumivbivviwkiwmiwoiws"
    "ixcixliyaiyoiyxizhizmizrizzjaajabjacjadjaejafjahjajjakjaljamjanjaojaqjasjatjaujavjaxjayjazjbejbijbjjbk"
    "jbmjbnjbojbrjbtjbujbwjcsjctjdajdgjdtjebjeejehjeijekjeljenjerjetjeujgbjgejgkjgojhijhsjiajibjicjidjiejig"
    "jihjiijiljimjiojiqjitjiujivjiyjjejjrjkajkmjkojkpjkrjksjkujlejlsjmajmbjmcjmdjmijmljmnjmrjmsjmwjmxjnajnd"
    "jngjnijnjjnljnsjobjodjogjorjosjowjpajpnjprjqrjrajrbjrrjrtjrujsljuajubjucjudjuhjuijukjuljumjunjuojupjur"
    "jusjutjuujuwjuyjvdjvnjwijyajyejyykaakabkackadkaekafkagkahkaikajkakkalkamkankaokapkaqkaskatkaukavkawkax"
    "kaykazkbakbbkbckbdkbekbgkbhkbikbjkbkkblkbmkbnkbokbpkbqkbrkbskbtkbukbvkbwkbxkbykbzkcakcbkcckcdkcekcfkcg"
    "kchkcikcjkckkclkcmkcnkcokcpkcqkcrkcskctkcukcvkcwkcxkcykczkdakdckddkdekdfkdgkdhkdikdjkdkkdlkdmkdnkdpkdq"
    "kdrkdtkdukdwkdxkdykdzkeakebkeckedkeekefkegkehkeikejkekkelkemkenkeokepkeqkerkesketkeukevkewkexkeykezkfa"
    "kfbkfckfdkfekffkfgkfhkfikfjkfkkflkfmkfnkfokfpkfqkfrkfskftkfukfvkfwkfxkfykfzkgakgbkgekgfkggkgikgjkgkkgl"
    "kgnkgokgpkgqkgrkgskgtkgukgvkgwkgxkgykhakhbkhckhdkhekhfkhgkhhkhjkhkkhlkhmkhnkhokhpkhqkhrkhskhtkhukhvkhw"
    "khxkhykhzkiakibkickidkiekifkigkihkiikijkikkilkimkinkiokipkiqkirkiskitkiukivkiwkixkiykizkjakjbkjckjdkje"
    "kjgkjhkjikjjkjkkjlkjmkjnkjokjpkjqkjrkjskjtkjukjvkjxkjykjzkkakkbkkckkdkkekkfkkgkkhkkikkjkkkkklkkmkknkko"
    "kkpkkqkkrkkskktkkukkvkkwkkxkkykkzklaklbklckldkleklfklgklhklikljklkkllklmklnkloklpklqklrklskltkluklvklw"
    "klxklyklzkmakmbkmckmdkmekmfkmgkmhkmikmjkmkkmlkmmkmnkmokmpkmqkmrkmskmtkmukmvkmwkmxkmykmzknaknbknckndkne"
    "knfkngkniknjknkknlknmknnknoknpknqknrknskntknuknvknwknxknyknzkoakockodkoekofkogkohkoikokkolkomkonkookop"
    "koqkorkoskotkoukovkowkoykozkpakpbkpckpdkpekpfkpgkphkpikpjkpkkplkpmkpnkpokpqkprkpskptkpukpvkpwkpxkpykpz"
    "kqakqbkqckqdkqekqfkqgkqhkqikqjkqkkqlkqmkqnkqokqpkqqkqrkqskqtkqukqvkqwkqxkqykqzkrakrbkrckrdkrekrfkrhkri"
    "krjkrkkrlkrnkrpkrrkrskrtkrukrvkrwkrxkrykrzksbkscksdkseksfksgkshksiksjkskkslksmksnksokspksqksrksskstksu"
    "ksvkswksxksykszktaktbktcktdktektfktgkthktiktjktkktlktmktnktoktpktqktskttktuktvktwktxktyktzkuakubkuckud"
    "kuekufkugkuhkuikujkukkulkumkunkuokupkuqkurkuskutkuukuvkuwkuxkuykuzkvakvbkvckvdkvekvfkvgkvhkvikvjkvkkvl"
    "kvmkvnkvokvpkvqkvrkvtkvukvvkvwkvxkvykvzkwakwbkwckwdkwekwfkwgkwhkwikwjkwkkwlkwmkwnkwokwpkwrkwskwtkwukwv"
    "kwwkwxkwykwzkxakxbkxckxdkxfkxhkxikxjkxkkxmkxnkxokxpkxqkxrkxskxtkxvkxwkxxkxykxzkyakybkyckydkyekyfkygkyh"
    "kyikyjkykkylkymkynkyokypkyqkyrkyskytkyukyvkywkyxkyykyzkzakzbkzckzdkzekzfkzgkzikzkkzlkzmkznkzokzpkzqkzr"
    "kzskzukzvkzwkzxkzykzzlaalablacladlaelaflaglahlailajlallamlanlaolaplaqlarlaslatlaulavlawlaxlaylazlbblbc"
    "lbelbflbglbilbjlbklbllbmlbnlbolbqlbrlbslbtlbulbvlbwlbxlbylbzlcclcdlcelcflchlcllcmlcplcqlcsldaldblddldg"
    "ldhldildjldkldlldmldnldoldpldqlealeblecledleeleflehleilejleklellemlenleolepleqlerlesletleulevlewlexley"
    "lezlfalfnlgalgblgglghlgilgklgllgmlgnlgolgqlgrlgslgtlgulgzlhalhhlhilhllhmlhnlhplhslhtlhulialibliclidlie"
    "lifliglihlijliklillimlinliolipliqlirlislitliulivliwlixliylizljaljeljiljlljpljwljxlkalkblkclkdlkelkhlki"
    "lkjlkllkmlknlkolkrlkslktlkulkyllallbllclldllellfllgllhllilljllklllllmllnllpllqllsllullxlmalmblmclmdlme"
    "lmflmglmhlmilmjlmklmllmnlmolmplmqlmrlmulmvlmwlmxlmylnalnblndlnglnhlnilnjlnllnmlnnlnslnulnwlnzloalobloc"
    "loelofloglohloilojloklollomlonlooloploqlorloslotloulovlowloxloylozlpalpelpnlpolpxlqrlralrclrelrglrilrk"
    "lrllrmlrnlrolrrlrtlrvlrzlsalsblsclsdlselshlsilsllsmlsnlsolsplsrlsslstlsvlswlsyltcltglthltiltnltoltsltu"
    "ltzlualublucludlueluflugluilujluklullumlunluolupluqlurluslutluuluvluwluyluzlvalvilvklvllvslvulwalwelwg"
    "lwhlwllwmlwolwslwtlwulwwlxmlyalyglynlzhlzllznlzzmaamabmadmaemafmagmahmaimajmakmalmammanmaqmarmasmatmau"
    "mavmawmaxmazmbambbmbcmbdmbembfmbhmbimbjmbkmblmbmmbnmbombpmbqmbrmbsmbtmbumbvmbwmbxmbymbzmcamcbmccmcdmce"
    "mcfmcgmchmcimcjmckmclmcmmcnmcomcpmcqmcrmcsmctmcumcvmcwmcxmcymczmdamdbmdcmddmdemdfmdgmdhmdimdjmdkmdlmdm"
    "mdnmdpmdqmdrmdsmdtmdumdvmdwmdxmdymdzmeamebmecmedmeemefmehmeimejmekmelmemmenmeomepmeqmermesmetmeumevmew"
    "meymezmfamfbmfcmfdmfemffmfgmfhmfimfjmfkmflmfmmfnmfomfpmfqmfrmfsmftmfumfvmfwmfxmfymfzmgamgbmgcmgdmgemgf"
    "mggmghmgimgjmgkmglmgmmgnmgomgpmgqmgrmgsmgtmgumgvmgwmgymgzmhamhbmhcmhdmhemhfmhgmhimhjmhkmhlmhmmhnmhomhp"
    "mhqmhrmhsmhtmhumhwmhxmhymhzmiamibmicmidmiemifmigmihmiimijmikmilmimminmiomipmiqmirmismitmiumiwmixmiymiz"
    "mjbmjcmjdmjemjgmjhmjimjjmjkmjlmjmmjnmjomjpmjqmjrmjsmjtmjumjvmjwmjxmjymjzmkamkbmkcmkdmkemkfmkgmkimkjmkk"
    "mklmkmmknmkomkpmkqmkrmksmktmkumkvmkwmkxmkymkzmlamlbmlcmlemlfmlgmlhmlimljmlkmllmlmmlnmlomlpmlqmlrmlsmlt"
    "mlumlvmlwmlxmlzmmammbmmcmmdmmemmfmmgmmhmmimmjmmkmmlmmmmmnmmommpmmqmmrmmtmmummvmmwmmxmmymmzmnamnbmncmnd"
    "mnemnfmngmnhmnimnjmnkmnlmnmmnnmnpmnqmnrmnsmnumnvmnwmnxmnymnzmoamocmodmoemogmohmoimojmokmommonmoomopmoq"
    "mormosmotmoumovmowmoxmoymozmpampbmpcmpdmpempgmphmpimpjmpkmplmpmmpnmpomppmpqmprmpsmptmpumpvmpwmpxmpympz"
    "mqamqbmqcmqemqfmqgmqhmqimqjmqkmqlmqmmqnmqomqpmqqmqrmqsmqtmqumqvmqwmqxmqymqzmramrbmrcmrdmremrfmrgmrhmri"
    "mrjmrkmrlmrmmrnmromrpmrqmrrmrsmrtmrumrvmrwmrxmrymrzmsamsbmscmsdmsemsfmsgmshmsimsjmskmslmsmmsnmsomspmsq"
    "msrmssmsumsvmswmsxmsymszmtamtbmtcmtdmtemtfmtgmthmtimtjmtkmtlmtmmtnmtomtpmtqmtrmtsmttmtumtvmtwmtxmtymua"
    "mubmucmudmuemugmuhmuimujmukmulmummuomupmuqmurmusmutmuumuvmuxmuymuzmvamvbmvdmvemvfmvgmvhmvimvkmvlmvnmvo"
    "mvpmvqmvrmvsmvtmvumvvmvwmvxmvymvzmwamwbmwcmwemwfmwgmwhmwimwkmwlmwmmwnmwomwpmwqmwrmwsmwtmwumwvmwwmwzmxa"
    "mxbmxcmxdmxemxfmxgmxhmximxjmxkmxlmxmmxnmxomxpmxqmxrmxsmxtmxumxvmxwmxxmxymxzmyamybmycmyemyfmygmyhmyjmyk"
    "mylmymmyomypmyrmysmyumyvmywmyxmyymyzmzamzbmzcmzdmzemzgmzhmzimzjmzkmzlmzmmznmzomzpmzqmzrmzsmztmzumzvmzw"
    "mzxmzymzznaanabnacnaenafnagnajnaknalnamnannaonapnaqnarnasnatnaunavnawnaxnaynaznbanbbnbcnbdnbenbgnbhnbi"
    "nbjnbknblnbmnbnnbonbpnbqnbrnbsnbtnbunbvnbwnbyncancbnccncdncencfncgnchncincjncknclncmncnnconcqncrncsnct"
    "ncuncxnczndandbndcnddndendfndgndhndindjndkndlndmndnndondpndqndrndsndtndundvndwndxndyndzneanebnecnednee"
    "nefnegnehneinejneknemnenneonepneqnernesnetneunevnewnexneyneznfanfdnflnfrnfungangbngcngdngenggnghngingj"
    "ngknglngmngnngpngqngrngsngtngungvngwngxngyngznhanhbnhcnhdnhenhfnhgnhhnhinhknhmnhnnhonhpnhqnhrnhtnhunhv"
    "nhwnhxnhynhznianibnidnienifnignihniinijniknilnimninnioniqnirnisnitniunivniwnixniyniznjanjbnjdnjhnjinjj"
    "njlnjmnjnnjonjrnjsnjtnjunjxnjynjznkankbnkcnkdnkenkfnkgnkhnkinkjnkknkmnknnkonkpnkqnkrnksnktnkunkvnkwnkx"
    "nkznlanlcnldnlenlgnlinljnlknllnlmnlonlqnlunlvnlwnlxnlynlznmanmbnmcnmdnmenmfnmgnmhnminmjnmknmlnmmnmnnmo"
    "nmpnmqnmrnmsnmtnmunmvnmwnmxnmynmznnannbnncnndnnennfnngnnhnninnjnnknnlnnmnnnnnonnpnnqnnrnntnnunnvnnwnny"
    "nnznoanobnocnodnoenofnognohnoinojnoknolnonnopnoqnornosnotnounovnownoynoznpanpbnpgnphnpinplnpnnponpsnpu"
    "npxnpynqgnqknqlnqmnqnnqonqqnqtnqynranrbnrcnrenrfnrgnrinrknrlnrmnrnnrpnrrnrtnrunrxnrznsansbnscnsdnsensf"
    "nsgnshnsinsknslnsmnsnnsonspnsqnsrnssnstnsunsvnswnsxnsynszntdntentgntintjntkntmntontpntrntuntwntxntyntz"
    "nuanucnudnuenufnugnuhnuinujnuknulnumnunnuonupnuqnurnusnutnuunuvnuwnuxnuynuznvhnvmnvonwanwbnwcnwenwgnwi"
    "nwmnwonwrnwwnwxnwynxanxdnxenxgnxinxknxlnxmnxnnxonxqnxrnxxnyanybnycnydnyenyfnygnyhnyinyjnyknylnymnynnyo"
    "nypnyqnyrnysnytnyunyvnywnyxnyynzanzbnzdnzinzknzmnzrnzsnzunzynzzoaaoacoaroavobiobkoblobmoboobrobtobuoca"
    "ochociocmocoocuodaodkodtoduofoofsofuogbogcogeoggogooguohtohuoiaoieoinojbojcojgojiojpojsojvojwokaokbokc"
    "okdokeokgokhokiokjokkoklokmoknokookroksokuokvokxokzolaoldoleolkolmoloolroltoluomaombomcomgomiomkomlomn"
    "omoompomromtomuomwomxomyonaonboneongonionjonkonnonoonponronsontonuonwonxoodoogoonooroosopaopkopmopoopt"
    "opyoraorcoreorgorhoriormornoroorrorsortoruorvorworxoryorzosaoscosiosnosoospossostosuosxotaotbotdoteoti"
    "otkotlotmotnotqotrotsottotuotwotxotyotzouaouboueouioumovdowiowloyboydoymoyyozmpabpacpadpaepafpagpahpai"
    "pakpalpampanpaopappaqparpaspaupavpawpaxpaypazpbbpbcpbepbfpbgpbhpbipblpbmpbnpbopbppbrpbspbtpbupbvpbypca"
    "pcbpccpcdpcepcfpcgpchpcipcjpckpclpcmpcnpcppcwpdapdcpdipdnpdopdtpdupeapebpedpeepefpegpehpeipejpekpelpem"
    "peopeppeqpespevpexpeypezpfapfepflpgapgdpggpgipgkpglpgnpgspgupgzphaphdphgphhphjphkphlphmphnphophqphrpht"
    "phuphvphwpiapibpicpidpiepifpigpihpijpilpimpinpiopippirpispitpiupivpiwpixpiypizpjtpkapkbpkcpkgpkhpknpko"
    "pkppkrpkspktpkuplaplbplcpldpleplgplhpliplkpllplnploplqplrplspltpluplvplwplyplzpmapmbpmdpmepmfpmhpmipmj"
    "pmlpmmpmnpmopmqpmrpmspmtpmwpmxpmypmzpnapnbpncpndpnepngpnhpnipnjpnkpnlpnmpnnpnopnppnqpnrpnspntpnupnvpnw"
    "pnxpnypnzpocpoepofpogpohpoipokpolpomponpoopoppoqporpospotpovpowpoxpoyppeppippkpplppmppnppopppppqppsppt"
    "ppupqapqmprcprdpreprfprgprhpriprkprlprmprnproprqprrprsprtpruprwprxprzpsapscpsdpsepsgpshpsipslpsmpsnpso"
    "psppsqpsrpsspstpsupswpsyptapthptiptnptoptpptqptrpttptuptvptwptypuapubpucpudpuepufpugpuipujpumpuopuppuq"
    "purpusputpuupuwpuxpuypwapwbpwgpwipwmpwnpwopwrpwwpxmpyepympynpyspyupyxpyypzepzhpznquaqubqucqudquequfqug"
    "quhquiqukqulqumqunqupquqqurqusquvquwquxquyquzqvaqvcqveqvhqviqvjqvlqvmqvnqvoqvpqvsqvwqvyqvzqwaqwcqwhqwm"
    "qwsqwtqxaqxcqxhqxlqxnqxoqxpqxqqxrqxsqxtqxuqxwqyaqypraarabracradrafragrahrairajrakralramranraorapraqrar"
    "rasratrauravrawraxrayrazrbbrbkrblrbprcfrdbrearebreeregreirejrelremrenrerresretreyrgargergkrgnrgrrgsrgu"
    "rhgrhpriaribrifrilrimrinrirritriurjgrjirjsrkarkbrkhrkirkmrktrkwrmarmbrmcrmdrmermfrmgrmhrmirmkrmlrmmrmn"
    "rmormprmqrmsrmtrmurmvrmwrmxrmyrmzrnbrndrngrnlrnnrnprnrrnwrobrocrodroerofrogrohrolromronrooroprorrourow"
    "rpnrptrrirrorrtrsbrskrslrsmrsnrswrtcrthrtmrtsrtwrubrucruerufrugruhruirukrunruorupruqrusrutruuruyruzrwa"
    "rwkrwlrwmrworwrrxdrxwrynrysryurzhsaasabsacsadsaesafsagsahsajsaksamsansaosaqsarsassatsausavsawsaxsaysaz"
    "sbasbbsbcsbdsbesbfsbgsbhsbisbjsbksblsbmsbnsbosbpsbqsbrsbssbtsbusbvsbwsbxsbysbzscbscescfscgschscisckscl"
    "scnscoscpscqscssctscuscvscwscxsdasdbsdcsdesdfsdgsdhsdjsdksdlsdnsdosdpsdqsdrsdssdtsdusdxsdzseasebsecsed"
    "seesefsegsehseisejsekselsenseosepseqsersessetseusevsewseysezsfbsfesfmsfssfwsgasgbsgcsgdsgesggsghsgisgj"
    "sgksgmsgpsgrsgssgtsgusgwsgxsgysgzshashbshcshdsheshgshhshishjshkshlshmshnshoshpshqshrshsshtshushvshwshx"
    "shyshzsiasibsidsiesifsigsihsiisijsiksilsimsinsipsiqsirsissiusivsiwsixsiysizsjasjbsjdsjesjgsjksjlsjmsjn"
    "sjosjpsjrsjssjtsjusjwskaskbskcskdskeskfskgskhskiskjskmsknskoskpskqskrskssktskuskvskwskxskyskzslcsldsle"
    "slfslgslhslisljslksllslmslnslpslrslssltsluslvslwslxslyslzsmasmbsmcsmesmfsmgsmhsmjsmksmlsmmsmnsmosmpsmq"
    "smrsmssmtsmusmvsmwsmxsmysmzsnasncsndsnesnfsngsnisnjsnksnlsnmsnnsnosnpsnqsnrsnssnusnvsnwsnxsnysnzsoasob"
    "socsodsoesogsohsoisojsoksolsomsoosopsoqsorsossotsousovsowsoxsoysozspaspbspcspdspespgspispksplspmspnspo"
    "sppspqsprspssptspuspvspxspysqasqhsqisqksqmsqnsqosqqsqrsqssqtsqusqxsrasrbsrcsrdsresrfsrgsrhsrisrksrlsrm"
    "srnsrosrpsrqsrrsrssrtsrusrvsrwsrxsrysrzssbsscssdssessfssgsshssissjssksslssmssnssosspssqssrssssstssussv"
    "sswssxssysszstastbstdstestfstgsthstistjstkstlstmstnstostpstqstrstssttstustvstwstysuasubsucsuesugsuisuj"
    "suksunsuosuqsursussutsuvsuwsuxsuysuzsvasvbsvcsvesvksvmsvssvxswaswbswcsweswfswgswhswiswjswkswlswmswnswo"
    "swpswqswrswsswtswuswvswwswxswysxbsxcsxesxgsxksxlsxmsxnsxosxrsxssxusxwsyasybsycsyisyksylsymsynsyosyrsys"
    "sywsyxsyyszaszbszcszeszgszlsznszpszsszvszwszytaatabtactadtaetaftagtahtajtaktaltamtantaotaptaqtartastat"
    "tautavtawtaxtaytaztbatbctbdtbetbftbgtbhtbitbjtbktbltbmtbntbotbptbrtbstbttbutbvtbwtbxtbytbztcatcbtcctcd"
    "tcetcftcgtchtcitcktcltcmtcntcotcptcqtcstcttcutcwtcxtcytcztdatdbtdctddtdetdftdgtdhtditdjtdktdltdmtdntdo"
    "tdqtdrtdstdttdvtdxtdyteatebtectedteeteftegtehteitekteltemtenteotepteqtertestetteutevtewtexteyteztfitfn"
    "tfotfrtfttgatgbtgctgdtgetgftghtgitgjtgktgltgntgotgptgqtgrtgstgttgutgvtgwtgxtgytgzthathdthethfthhthithk"
    "thlthmthnthpthqthrthsthtthuthvthythztiatictiftigtihtiitijtiktiltimtintiotiptiqtirtistittiutivtiwtixtiy"
    "tiztjatjgtjitjjtjltjmtjntjotjptjstjutjwtkatkbtkdtketkftkgtkltkmtkntkptkqtkrtkstkttkutkvtkwtkxtkztlatlb"
    "tlctldtlftlgtlhtlitljtlktlltlmtlntlotlptlqtlrtlstlttlutlvtlxtlytmatmbtmctmdtmetmftmgtmhtmitmjtmltmmtmn"
    "tmotmqtmrtmstmttmutmvtmwtmytmztnatnbtnctndtngtnhtnitnktnltnmtnntnotnptnqtnrtnstnttnutnvtnwtnxtnytnztob"
    "toctodtoftogtohtoitojtoktoltomtontootoptoqtortostoutovtowtoxtoytoztpatpctpetpftpgtpitpjtpktpltpmtpntpo"
    "tpptpqtprtpttputpvtpxtpytpztqbtqltqmtqntqotqptqqtqrtqttqutqwtratrbtrctrdtretrftrgtrhtritrjtrltrmtrntro"
    "trptrqtrrtrstrttrutrvtrwtrxtrytrztsatsbtsctsdtsetsgtshtsitsjtsktsltsmtsntsotsptsqtsrtsststtsutsvtswtsx"
    "tsytszttattbttcttdttettfttgtthttittjttkttlttmttnttottpttqttrttstttttuttvttwttyttztuatubtuctudtuetuftug"
    "tuhtuitujtuktultumtuntuotuqturtustuutuvtuxtuytuztvatvdtvetvitvktvltvmtvntvotvstvttvutvwtvxtvytwatwbtwc"
    "twdtwetwftwgtwhtwitwltwmtwntwotwptwqtwrtwttwutwwtwxtwytxatxbtxctxetxgtxhtxitxjtxmtxntxotxqtxrtxstxttxu"
    "txxtxytyatyetyhtyityjtyltyntyptyrtystyttyutyvtyxtyytyztzatzhtzjtzltzmtzntzotzxuamuanuarubaubiublubrubu"
    "ubyudaudeudgudiudjudludmuduuesufiugaugbugeughugnugougyuhauhnuiguisuivujiukaukgukhukiukkuklukpukqukruks"
    "ukuukvukwukyulaulbulculeulfuliulkullulmulnuluulwulyumaumbumcumdumgumiummumnumoumpumrumsumuunaunduneung"
    "uniunkunmunnunrunuunxunzuonupiupvuraurburcurdureurfurgurhuriurkurlurmurnurourpurrurturuurvurwurxuryurz"
    "usaushusiuskuspussusuutauteuthutputrutuuumuuruuuuveuvhuvluwauyauzbuznuzsvaavaevafvagvahvaivajvalvamvan"
    "vaovapvarvasvauvavvayvbbvbkvecvedvelvemvenveovepvervgrvgtvicvidvievifvigvilvinvisvitvivvjkvkavkjvkkvkl"
    "vkmvknvkovkpvktvkuvkzvlpvlsvmavmbvmcvmdvmevmfvmgvmhvmivmjvmkvmlvmmvmpvmqvmrvmsvmuvmvvmwvmxvmyvmzvnkvnm"
    "vnpvolvorvotvravrovrsvrtvsivslvsvvtovumvunvutvwawaawabwacwadwaewafwagwahwaiwajwalwamwanwaowapwaqwarwas"
    "watwauwavwawwaxwaywazwbawbbwbewbfwbhwbiwbjwbkwblwbmwbpwbqwbrwbswbtwbvwbwwcawciwddwdgwdjwdkwdtwduwdywea"
    "wecwedwegwehweiwemweowepwerweswetweuwewwfgwgawgbwggwgiwgowguwgywhawhgwhkwhuwibwicwiewifwigwihwiiwijwik"
    "wilwimwinwirwiuwivwiywjawjiwkawkbwkdwklwkrwkuwkwwkywlawlcwlewlgwlhwliwlkwllwlmwlnwlowlrwlswluwlvwlwwlx"
    "wlywmawmbwmcwmdwmewmgwmhwmiwmmwmnwmowmswmtwmwwmxwnbwncwndwnewngwniwnkwnmwnnwnownpwnuwnwwnywoawobwocwod"
    "woewofwogwoiwokwolwomwonwooworwoswowwoywpcwrbwrgwrhwriwrkwrlwrmwrnwrowrpwrrwrswruwrvwrwwrxwrywrzwsawsg"
    "wsiwskwsrwsswsuwsvwtbwtfwthwtiwtkwtmwtwwuawubwudwuhwulwumwunwurwutwuuwuvwuxwuywwawwbwwowwrwwwwxawxwwyb"
    "wyiwymwynwyrwyyxaaxabxacxadxaexagxaixajxakxalxamxanxaoxapxaqxarxasxatxauxavxawxayxbbxbcxbdxbexbgxbixbj"
    "xbmxbnxboxbpxbrxbwxbyxcbxccxcexcgxchxclxcmxcnxcoxcrxctxcuxcvxcwxcyxdaxdcxdkxdmxdoxdqxdyxebxedxegxelxem"
    "xepxerxesxetxeuxfaxgaxgbxgdxgfxggxgixglxgmxgrxguxgwxhaxhcxhdxhexhmxhoxhrxhtxhuxhvxibxiixilxinxirxisxiv"
    "xiyxjbxjtxkaxkbxkcxkdxkexkfxkgxkixkjxkkxklxknxkoxkpxkqxkrxksxktxkuxkvxkwxkxxkyxkzxlaxlbxlcxldxlexlgxli"
    "xlnxloxlpxlsxluxlyxmaxmbxmcxmdxmexmfxmgxmhxmjxmkxmlxmmxmnxmoxmpxmqxmrxmsxmtxmuxmvxmwxmxxmyxmzxnaxnbxng"
    "xnhxnixnjxnkxnmxnnxnoxnqxnrxnsxntxnuxnyxnzxocxodxogxoixokxomxonxooxopxorxowxpaxpbxpcxpdxpexpfxpgxphxpi"
    "xpjxpkxplxpmxpnxpoxppxpqxprxpsxptxpuxpvxpwxpxxpyxpzxqaxqtxraxrbxrdxrexrgxrixrmxrnxrrxrtxruxrwxsaxsbxsc"
    "xsdxsexshxsixsjxslxsmxsnxsoxspxsqxsrxsuxsvxsyxtaxtbxtcxtdxtextgxthxtixtjxtlxtmxtnxtoxtpxtqxtrxtsxttxtu"
    "xtvxtwxtyxuaxubxudxugxujxulxumxunxuoxupxurxutxuuxvexvixvnxvoxvsxwaxwcxwdxwexwgxwjxwkxwlxwoxwrxwtxwwxxb"
    "xxkxxmxxrxxtxyaxybxyjxykxylxytxyyxzhxzmxzpyaayabyacyadyaeyafyagyahyaiyajyakyalyamyanyaoyapyaqyaryasyat"
    "yauyavyawyaxyayyazybaybbybeybhybiybjybkyblybmybnyboybxybyychyclycnycpycrydayddydeydgydkyeayecyeeyeiyej"
    "yelyeryesyetyeuyevyeyygaygiyglygmygpygrygsyguygwyhayhdyhlyhsyiayidyifyigyihyiiyijyikyilyimyinyipyiqyir"
    "yisyityiuyivyixyizykaykgykhykiykkyklykmyknykoykryktykuykyylaylbyleylgyliyllylmylnyloylryluylyymbymcymd"
    "ymeymgymhymiymkymlymmymnymoympymqymrymsymxymzynayndyneyngynkynlynnynoynqynsynuyobyogyoiyokyolyomyonyor"
    "yotyoxyoyypaypbypgyphypmypnypoyppypzyrayrbyreyrkyrlyrmyrnyroyrsyrwyryyscysdysgyslysmysnysoyspysryssysy"
    "ytaytlytpytwytyyuayubyucyudyueyufyugyuiyujyukyulyumyunyupyuqyuryutyuwyuxyuyyuzyvayvtywaywgywlywnywqywr"
    "ywtywuywwyxayxgyxlyxmyxuyxyyyryyuyyzyzgyzkzaazabzaczadzaezafzagzahzaizajzakzalzamzaozapzaqzarzaszatzau"
    "zavzawzaxzayzazzbazbczbezblzbtzbuzbwzcazcdzchzdjzeazegzehzemzenzgazgbzghzgmzgnzgrzhazhbzhdzhizhnzhozhw"
    "ziazibzikzilzimzinziwzizzkazkdzkgzkhzkkzknzkozkpzkrzktzkuzkvzkzzlazljzlmzlnzlqzluzmazmbzmczmdzmezmfzmg"
    "zmhzmizmjzmkzmlzmmzmnzmozmpzmqzmrzmszmtzmuzmvzmwzmxzmyzmzznaznezngznkznszoczohzomzoozoqzorzoszpazpbzpc"
    "zpdzpezpfzpgzphzpizpjzpkzplzpmzpnzpozppzpqzprzpszptzpuzpvzpwzpxzpyzpzzqezrazrgzrnzrozrpzrszsazskzslzsm"
    "zsrzsuzteztgztlztmztnztpztqztszttztuztxztyzuhzulzumzunzuyzwazxxzybzygzyjzynzypzzazzj";

}  // namespace

std::span<const std::string_view> license_ids() { return kLicenses; }
std::span<const std::string_view> pipeline_tag_ids() { return kPipelineTags; }
std::span<const std::string_view> short_language_codes() { return kShortLanguages; }
std::string_view long_language_codes() { return kLongLanguages; }

}  // namespace slipway::card
