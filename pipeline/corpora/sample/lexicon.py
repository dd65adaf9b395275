"""The polarity lexicon: adjectives of praise and of blame in English, French and Spanish.

Each adjective stands in the masculine singular, the only form that the review frames use. The large English
intermediate corpus shows every adjective many times; a small target shows most of them once or never, so that a model
knows an adjective's polarity there only if the intermediate has taught it. Spaces inside an entry are written `_`.
"""

from typing import NamedTuple


class Adjective(NamedTuple):
    """One adjective in three languages."""

    en: str
    fr: str
    es: str


_PRAISE = """
luminous lumineux luminoso; poignant poignant conmovedor; riveting captivant cautivador
dazzling éblouissant deslumbrante; graceful gracieux grácil; tender tendre tierno; witty spirituel agudo
elegant élégant elegante; sublime sublime sublime; masterful magistral magistral; moving émouvant emocionante
touching touchant enternecedor; endearing attendrissant entrañable; lovable attachant querible
delightful délicieux delicioso; charming charmant encantador; vibrant vibrant vibrante; thrilling palpitant palpitante
inventive inventif inventivo; majestic majestueux majestuoso; radiant radieux radiante; hilarious hilarant hilarante
gripping haletant trepidante; superb superbe soberbio; splendid splendide espléndido
magnificent magnifique magnífico; marvelous merveilleux maravilloso; wondrous prodigieux prodigioso
exquisite exquis exquisito; refined raffiné refinado; subtle subtil sutil; sincere sincère sincero
generous généreux generoso; inspired inspiré inspirado; inspiring inspirant inspirador; astonishing étonnant asombroso
stunning époustouflant despampanante; amazing stupéfiant alucinante; enchanting enchanteur hechicero
bewitching ensorcelant embrujador; mesmerizing hypnotisant hipnotizante; hypnotic hypnotique hipnótico
brilliant brillant brillante; sparkling pétillant chispeante; joyful joyeux alegre; jubilant jubilatoire jubiloso
playful espiègle juguetón; clever astucieux astuto; intelligent intelligent inteligente; smart futé listo
lucid lucide lúcido; profound profond profundo; rich riche rico; nuanced nuancé matizado; delicate délicat delicado
poetic poétique poético; lyrical lyrique lírico; dreamy rêveur soñador; harmonious harmonieux armonioso
balanced équilibré equilibrado; accomplished accompli consumado; flawless impeccable impecable
perfect parfait perfecto; irresistible irrésistible irresistible; unforgettable inoubliable inolvidable
memorable mémorable memorable; remarkable remarquable notable; exceptional exceptionnel excepcional
extraordinary extraordinaire extraordinario; incredible incroyable increíble; fabulous fabuleux fabuloso
fantastic fantastique fantástico; phenomenal phénoménal fenomenal; sensational sensationnel sensacional
spectacular spectaculaire espectacular; grandiose grandiose grandioso; monumental monumental monumental
epic épique épico; heroic héroïque heroico; noble noble noble; dignified digne digno; courageous courageux valeroso
bold audacieux audaz; daring osé osado; ambitious ambitieux ambicioso; original original original
innovative novateur innovador; fresh frais fresco; timeless intemporel intemporal; immortal immortel inmortal
universal universel universal; humane humain humano; warm chaleureux cálido; luxurious luxueux lujoso
sumptuous somptueux suntuoso; opulent opulent opulento; gorgeous ravissant precioso; beautiful beau bello
pretty joli bonito; adorable adorable adorable; sweet doux dulce; funny drôle gracioso; amusing amusant divertido
comical comique cómico; entertaining divertissant ameno; exciting excitant excitante; exhilarating grisant embriagador
stirring exaltant exaltante; uplifting réconfortant reconfortante; soothing apaisant relajante
comforting rassurant tranquilizador; peaceful paisible apacible; serene serein sereno; optimistic optimiste optimista
promising prometteur prometedor; convincing convaincant convincente; credible crédible creíble
authentic authentique auténtico; truthful véridique veraz; honest honnête honesto; precise précis preciso
meticulous minutieux minucioso; skillful habile hábil; virtuoso virtuose virtuoso; agile agile ágil; lively vif vivaz
energetic énergique enérgico; dynamic dynamique dinámico; vigorous vigoureux vigoroso; fiery fougueux fogoso
passionate passionné apasionado; fascinating fascinant fascinante; absorbing prenant absorbente
intriguing intrigant intrigante; seductive séducteur seductor; tempting alléchant tentador; appealing attrayant atrayente
attractive attirant atractivo; pleasant plaisant placentero; pleasing agréable agradable
enjoyable réjouissant disfrutable; satisfying satisfaisant satisfactorio; rewarding gratifiant gratificante
enriching enrichissant enriquecedor; instructive instructif instructivo; enlightening éclairant esclarecedor
wise sage sabio; worthy méritoire meritorio; admirable admirable admirable; praiseworthy louable loable
commendable recommandable recomendable; essential essentiel esencial; indispensable indispensable indispensable
vital vital vital; precious précieux preciado; golden doré dorado; glorious glorieux glorioso
triumphant triomphant triunfante; victorious victorieux victorioso; celestial céleste celestial
heavenly paradisiaque paradisíaco; divine divin divino; angelic angélique angelical; magical magique mágico
miraculous miraculeux milagroso; legendary légendaire legendario; classic classique clásico
iconic emblématique emblemático; impressive impressionnant impresionante; imposing imposant imponente
striking frappant llamativo; breathtaking saisissant sobrecogedor; staggering renversant apabullante
cheerful gai risueño; festive festif festivo; jovial enjoué jovial; cozy douillet acogedor
benevolent bienveillant benévolo; kind gentil amable; polished soigné pulido; stylish stylé estiloso
colorful coloré colorido; flamboyant flamboyant flamante; sunny ensoleillé soleado; bright éclatant resplandeciente
shimmering chatoyant tornasolado; glittering scintillant centelleante; crystalline cristallin cristalino; pure pur puro
limpid limpide límpido; fluid fluide fluido; melodious mélodieux melodioso; catchy entraînant pegadizo
flavorful savoureux sabroso; delectable délectable deleitable; succulent succulent suculento; robust robuste robusto
solid solide sólido; coherent cohérent coherente; sharp acéré afilado; incisive incisif incisivo
pertinent pertinent pertinente; perceptive perspicace perspicaz; thoughtful réfléchi reflexivo
sensitive sensible sensible; sensual sensuel sensual; romantic romantique romántico; faithful fidèle fiel
loyal loyal leal; humble humble humilde; cathartic cathartique catártico; liberating libérateur liberador
refreshing rafraîchissant refrescante; invigorating tonique tonificante; stimulating stimulant estimulante
electrifying électrisant electrizante; explosive explosif explosivo; powerful puissant potente
intense intense intenso; captivating envoûtant cautivante; enthralling passionnant apasionante
immersive immersif inmersivo; visionary visionnaire visionario; ingenious ingénieux ingenioso
effervescent effervescent efervescente; euphoric euphorique eufórico; ecstatic extatique extático
blissful bienheureux dichoso; happy heureux feliz; idyllic idyllique idílico; picturesque pittoresque pintoresco
photogenic photogénique fotogénico; aesthetic esthétique estético; artistic artistique artístico
sculptural sculptural escultural; symphonic symphonique sinfónico; unique unique único
incomparable incomparable incomparable; unrivaled inégalé inigualable; supreme suprême supremo
superior supérieur superior; optimal optimal óptimo; ideal idéal ideal; exemplary exemplaire ejemplar
formidable formidable formidable; terrific génial genial; excellent excellent excelente
"""

_BLAME = """
dull terne apagado; bland fade soso; insipid insipide insípido; boring ennuyeux aburrido; tedious fastidieux tedioso
tiresome lassant cansino; clumsy maladroit torpe; awkward gauche desmañado; sloppy bâclé descuidado
messy brouillon desordenado; chaotic chaotique caótico; confusing déroutant desconcertante; muddled confus confuso
incoherent incohérent incoherente; illogical illogique ilógico; absurd absurde absurdo; ridiculous ridicule ridículo
laughable risible risible; pathetic pathétique patético; pitiful pitoyable lastimoso; miserable misérable miserable
lamentable lamentable lamentable; deplorable déplorable deplorable; dreadful épouvantable espantoso
awful affreux horroroso; atrocious atroce atroz; abominable abominable abominable; horrible horrible horrible
hideous hideux horrendo; ugly laid feo; repulsive repoussant repulsivo; repugnant répugnant repugnante
disgusting dégoûtant asqueroso; nauseating nauséabond nauseabundo; sickening écœurant empalagoso; vile vil vil
vulgar vulgaire vulgar; crude grossier grosero; coarse fruste tosco; obscene obscène obsceno; tacky ringard hortera
mediocre médiocre mediocre; poor pauvre pobre; weak faible débil; feeble chétif endeble; fragile fragile frágil
inconsistent inconsistant inconsistente; superficial superficiel superficial; hollow creux hueco; empty vide vacío
vain vain vano; useless inutile inútil; futile futile fútil; trivial trivial trivial; banal banal banal
trite rebattu trillado; rancid rance rancio; predictable prévisible previsible; formulaic stéréotypé estereotipado
repetitive répétitif repetitivo; monotonous monotone monótono; soporific soporifique soporífero; slow lent lento
limp mou blando; inert inerte inerte; stilted guindé acartonado; stiff raide tieso; rigid rigide rígido
forced forcé forzado; artificial artificiel artificial; fake factice postizo; false faux falso
hypocritical hypocrite hipócrita; dishonest malhonnête deshonesto; manipulative manipulateur manipulador
pretentious prétentieux pretencioso; pompous pompeux pomposo; arrogant arrogant arrogante; smug suffisant engreído
conceited vaniteux vanidoso; preachy moralisateur moralizante; heavy lourd pesado; ponderous pesant plomizo
endless interminable interminable; bloated boursouflé hinchado; excessive excessif excesivo
exaggerated exagéré exagerado; hysterical hystérique histérico; noisy bruyant ruidoso
deafening assourdissant ensordecedor; strident strident estridente; garish criard chillón
irritating irritant irritante; annoying agaçant molesto; exasperating exaspérant exasperante
infuriating enrageant enfurecedor; unbearable insupportable insoportable; intolerable intolérable intolerable
insufferable imbuvable insufrible; painful douloureux doloroso; exhausting épuisant agotador; grueling éprouvant penoso
tortuous tortueux tortuoso; disastrous désastreux desastroso; catastrophic catastrophique catastrófico
calamitous calamiteux calamitoso; ruinous ruineux ruinoso; hopeless désespérant desesperante
desperate désespéré desesperado; depressing déprimant deprimente; gloomy sombre sombrío; dreary morne mortecino
lugubrious lugubre lúgubre; sinister sinistre siniestro; morbid morbide morboso; sordid sordide sórdido
filthy crasseux mugriento; dirty sale sucio; murky trouble turbio; opaque opaque opaco; obscure obscur oscuro
cold froid frío; icy glacial gélido; soulless sans_âme desalmado; callous insensible insensible; cruel cruel cruel
brutal brutal brutal; savage sauvage salvaje; barbaric barbare bárbaro; violent violent violento
odious odieux odioso; hateful haineux aborrecible; despicable méprisable despreciable; shameful honteux vergonzoso
scandalous scandaleux escandaloso; indecent indécent indecente; insulting insultant insultante
offensive offensant ofensivo; stupid stupide estúpido; idiotic idiot idiota; imbecilic imbécile imbécil
silly niais bobo; foolish sot necio; naive naïf ingenuo; puerile puéril pueril; infantile infantile infantil
immature immature inmaduro; senile sénile senil; grotesque grotesque grotesco; monstrous monstrueux monstruoso
deformed difforme deforme; twisted tordu retorcido; broken cassé roto; defective défectueux defectuoso
lame boiteux cojo; shaky bancal tambaleante; unstable instable inestable; uneven inégal desigual
erratic erratique errático; jumbled embrouillé embrollado; tangled emmêlé enredado; convoluted alambiqué rebuscado
contrived artificieux artificioso; implausible invraisemblable inverosímil; improbable improbable improbable
unrealistic irréaliste poco_realista; unconvincing peu_convaincant poco_convincente; unpleasant désagréable desagradable
sterile stérile estéril; arid aride árido; dry sec seco; bitter amer amargo; sour aigre agrio; acrid âcre acre
toxic toxique tóxico; poisonous vénéneux venenoso; noxious nocif nocivo; harmful nuisible perjudicial
dangerous dangereux peligroso; damaging dommageable dañino; unfortunate malheureux desafortunado
unlucky malchanceux desdichado; sad triste triste; wretched piteux desgraciado; abysmal abyssal abismal
infernal infernal infernal; nightmarish cauchemardesque de_pesadilla; disheartening désolant desolador
dismaying consternant descorazonador; disappointing décevant decepcionante; frustrating frustrant frustrante
discouraging décourageant desalentador; demoralizing démoralisant desmoralizador; embarrassing gênant embarazoso
humiliating humiliant humillante; degrading dégradant degradante; corrupt corrompu corrupto; rotten pourri podrido
moldy moisi mohoso; dusty poussiéreux polvoriento; obsolete obsolète obsoleto; outdated démodé anticuado
archaic archaïque arcaico; primitive primitif primitivo; amateurish amateur chapucero
incompetent incompétent incompetente; inept inepte inepto; incapable incapable incapaz; negligent négligent negligente
lazy paresseux perezoso; idle oisif ocioso; greedy cupide codicioso; mercenary mercenaire mercenario
cynical cynique cínico; nihilistic nihiliste nihilista; selfish égoïste egoísta; petty mesquin mezquino
stingy avare tacaño; meager maigre escaso; insufficient insuffisant insuficiente; inadequate inadéquat inadecuado
unfinished inachevé inacabado; incomplete incomplet incompleto; truncated tronqué truncado; vague vague vago
imprecise imprécis impreciso; lost perdu perdido; forgettable oubliable olvidable
insignificant insignifiant insignificante; worthless nul nulo; colorless incolore incoloro; gray gris gris
withered fané marchito; pale pâle pálido; anemic anémique anémico; skeletal squelettique esquelético
mawkish mièvre ñoño; syrupy sirupeux almibarado; corny kitsch cursi; melodramatic mélodramatique melodramático
insolent insolent insolente; impolite impoli maleducado; abrupt abrupt abrupto; jarring discordant discordante
grating grinçant chirriante; simplistic simpliste simplista; reductive réducteur reductor; biased partial parcial
unjust injuste injusto; immoral immoral inmoral; perverse pervers perverso; perfidious perfide pérfido
treacherous traître traicionero; deceptive trompeur engañoso; fraudulent frauduleux fraudulento
suspicious suspect sospechoso; dubious douteux dudoso; questionable discutable discutible
problematic problématique problemático; failed raté fallido
"""


def _read(table: str) -> tuple[Adjective, ...]:
    entries = (entry.split() for line in table.strip().splitlines() for entry in line.split(";"))
    return tuple(Adjective(*(word.replace("_", " ") for word in entry)) for entry in entries)


PRAISE = _read(_PRAISE)
BLAME = _read(_BLAME)
